#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Flash and RAM of firmware images, and of what the RAM consists. Fails where an image is larger than it may be.

    size.py [--cross arm-none-eabi-] [--out FILE.csv] IMAGE.elf...
"""
import argparse
import csv
import pathlib
import re
import subprocess
import sys

FLASH_MAX = {"tls12": 112 * 1024, "tls13": 128 * 1024, "tcp": 64 * 1024}
RAM_MAX = 64 * 1024
ARENA_MAX = 20 * 1024


def output(*command):
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def measure(cross, image):
    sections = {name: int(size) for name, size in re.findall(r"^\.([\w.]+)\s+(\d+)\s+\d+", output(cross + "size", "-A", image), re.M)}
    found = re.findall(r"^\w+ (\w+) [bBdD] ([^\s.]+)", output(cross + "nm", "-S", image), re.M)  # ".lto_priv.0" may follow
    symbols = {name: int(size, 16) for size, name in found}
    data = sections.get("data", 0)
    lwip = sum(size for name, size in symbols.items() if name == "ram_heap" or name.startswith("memp_memory_"))
    return {
        "image": "%s/%s" % (pathlib.Path(image).parent.name, pathlib.Path(image).stem),
        "flash": sections["text"] + sections.get("ARM.exidx", 0) + data, "ram": sections["stack"] + data + sections["bss"],
        "stacks": sections["stack"], "lwip": lwip, "arena": symbols.get("tls_arena", 0),
        "other": data + sections["bss"] - lwip - symbols.get("tls_arena", 0)}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cross", default="arm-none-eabi-")
    parser.add_argument("--out")
    parser.add_argument("images", nargs="+")
    args = parser.parse_args()
    rows = [measure(args.cross, image) for image in args.images]
    print("%-22s %8s %8s   of it: %7s %13s %9s %6s" % ("firmware", "flash", "RAM", "stacks", "lwIP's memory", "TLS arena", "other"))
    bad = 0
    for row in rows:
        kind = row["image"].rpartition("-")[2]
        too_large = row["flash"] > FLASH_MAX.get(kind, 128 * 1024) or row["ram"] > RAM_MAX or row["arena"] > ARENA_MAX
        bad += too_large
        print("%-22s %8d %8d          %7d %13d %9d %6d%s" % (*row.values(), "  FAIL: too large" if too_large else ""))
    if args.out:
        with open(args.out, "w", newline="") as file:
            table = csv.DictWriter(file, fieldnames=list(rows[0]))
            table.writeheader()
            table.writerows(rows)
    sys.exit(1 if bad else 0)


if __name__ == "__main__":
    main()
