#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Makes the certificates of the QEMU tests with the openssl command: a root CA whose DER goes into the images, and below it, for
each run, an intermediate and a leaf. All keys are ECDSA P-256.

    certificates.py FOLDER              makes FOLDER/root.pem, root.key and root.der, unless they are there
    certificates.py FOLDER IP:10.0.2.2  also FOLDER/leaf-chain.pem and leaf.key for a server at that address (or DNS:name)
"""
import os
import pathlib
import subprocess
import sys


def openssl(*args):
    done = subprocess.run(("openssl",) + args, capture_output=True, text=True)
    if done.returncode:
        sys.exit("certificates: openssl %s: %s" % (args[0], done.stderr.strip()))


def new_key(path):
    openssl("ecparam", "-name", "prime256v1", "-genkey", "-noout", "-out", str(path))


def make_root(folder):
    """Once per build folder: the images hold its certificate."""
    folder.mkdir(parents=True, exist_ok=True)
    if (folder / "root.der").exists():
        return
    new_key(folder / "root.key")
    openssl("req", "-new", "-x509", "-key", str(folder / "root.key"), "-out", str(folder / "root.pem"), "-days", "7300",
            "-subj", "/CN=kratos QEMU test root", "-addext", "basicConstraints=critical,CA:TRUE",
            "-addext", "keyUsage=critical,keyCertSign")
    openssl("x509", "-in", str(folder / "root.pem"), "-outform", "DER", "-out", str(folder / "root.part"))
    os.replace(folder / "root.part", folder / "root.der")


def sign(folder, name, issuer, subject, extensions, days=30):
    """FOLDER/NAME.pem and .key, signed by the certificate ISSUER.pem with its key."""
    new_key(folder / (name + ".key"))
    (folder / (name + ".ext")).write_text("\n".join(extensions) + "\n")
    openssl("req", "-new", "-key", str(folder / (name + ".key")), "-subj", subject, "-out", str(folder / (name + ".csr")))
    openssl("x509", "-req", "-in", str(folder / (name + ".csr")), "-CA", str(issuer) + ".pem", "-CAkey", str(issuer) + ".key",
            "-set_serial", str(int.from_bytes(os.urandom(8), "big") >> 1), "-days", str(days), "-sha256",
            "-extfile", str(folder / (name + ".ext")), "-out", str(folder / (name + ".pem")))


def make_chain(root_folder, folder, names, leaf="leaf"):
    """FOLDER/LEAF-chain.pem (leaf, intermediate) and LEAF.key. names: of the subject alternative name, "IP:10.0.2.2"."""
    folder.mkdir(parents=True, exist_ok=True)
    if not (folder / "intermediate.pem").exists():
        sign(folder, "intermediate", root_folder / "root", "/CN=kratos QEMU test intermediate",
             ["basicConstraints=critical,CA:TRUE,pathlen:0", "keyUsage=critical,keyCertSign"])
    sign(folder, leaf, folder / "intermediate", "/CN=kratos QEMU test server",
         ["basicConstraints=CA:FALSE", "keyUsage=critical,digitalSignature", "extendedKeyUsage=serverAuth",
          "subjectAltName=" + ",".join(names)])
    chain = folder / (leaf + "-chain.pem")
    chain.write_text((folder / (leaf + ".pem")).read_text() + (folder / "intermediate.pem").read_text())
    return chain, folder / (leaf + ".key")


if __name__ == "__main__":
    make_root(pathlib.Path(sys.argv[1]))
    if len(sys.argv) > 2:
        make_chain(pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[1]), sys.argv[2:])
