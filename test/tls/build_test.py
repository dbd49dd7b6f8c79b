#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""What can be seen of port/mbedtls by compiling it: the versions it refuses, what a release build does not hold.

    build_test.py CC MBEDTLS_DIR [FLAG...]

The last line says how many passed and failed.
"""
import pathlib
import re
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
PORT = ROOT / "port" / "mbedtls"
SOURCES = sorted(PORT.glob("*.c"))
CONFIGS = (("kratos_mbedtls_small.h",), ("kratos_mbedtls_small.h", "-DKRATOS_MBEDTLS_TLS13"),
           ("kratos_mbedtls_small.h", "-DKRATOS_MBEDTLS_TLS12_AND_13"), ("kratos_mbedtls_web.h",),
           ("kratos_mbedtls_web.h", "-DKRATOS_MBEDTLS_NO_TLS13"))
# A product's own configuration: Mbed TLS' default, as Debian has it, without these. Each needs the others of its line left out
# with it, or Mbed TLS' own check_config.h speaks first. The macro that the port's line must name stands in front.
CERTIFICATES = [f"MBEDTLS_KEY_EXCHANGE_{name}_ENABLED" for name in (
    "ECDHE_ECDSA", "ECDHE_RSA", "ECDH_ECDSA", "ECDH_RSA", "RSA", "DHE_RSA", "RSA_PSK")]
NO_TLS13 = ["MBEDTLS_SSL_PROTO_TLS1_3"]
NO_PSA = ["MBEDTLS_PSA_CRYPTO_C", "MBEDTLS_PSA_CRYPTO_STORAGE_C", "MBEDTLS_PSA_ITS_FILE_C", "MBEDTLS_LMS_C", *NO_TLS13]
REQUIRED = {
    "MBEDTLS_SSL_CLI_C": [],
    "MBEDTLS_X509_CRT_PARSE_C": [*CERTIFICATES, *NO_TLS13, "MBEDTLS_PKCS7_C", "MBEDTLS_SSL_SERVER_NAME_INDICATION"],
    "MBEDTLS_SSL_SERVER_NAME_INDICATION": [],
    "MBEDTLS_SHA256_C": ["MBEDTLS_SHA224_C", *NO_PSA],
    "MBEDTLS_CTR_DRBG_C": NO_PSA,
    "MBEDTLS_ENTROPY_C": NO_PSA,
    "MBEDTLS_KEY_EXCHANGE_ECDHE_ECDSA_ENABLED": [*CERTIFICATES, *NO_TLS13],
}
OPTIONAL = {
    "nothing": [], "session tickets": ["MBEDTLS_SSL_SESSION_TICKETS"],
    "session tickets, TLS 1.2 only": ["MBEDTLS_SSL_SESSION_TICKETS", *NO_TLS13],
    "PEM": ["MBEDTLS_PEM_PARSE_C", "MBEDTLS_PEM_WRITE_C"], "maximum fragment length": ["MBEDTLS_SSL_MAX_FRAGMENT_LENGTH"],
    "the peer's certificate": ["MBEDTLS_SSL_KEEP_PEER_CERTIFICATE", *NO_TLS13], "TLS 1.3": NO_TLS13,
    "TLS 1.2": ["MBEDTLS_SSL_PROTO_TLS1_2", "MBEDTLS_SSL_PROTO_DTLS", "MBEDTLS_SSL_DTLS_ANTI_REPLAY", "MBEDTLS_SSL_DTLS_HELLO_VERIFY",
                "MBEDTLS_SSL_DTLS_CLIENT_PORT_REUSE", "MBEDTLS_SSL_DTLS_CONNECTION_ID", "MBEDTLS_SSL_DTLS_CONNECTION_ID_COMPAT",
                "MBEDTLS_SSL_EXTENDED_MASTER_SECRET", "MBEDTLS_SSL_ENCRYPT_THEN_MAC", "MBEDTLS_SSL_RENEGOTIATION",
                "MBEDTLS_SSL_CONTEXT_SERIALIZATION",
                *[f"MBEDTLS_KEY_EXCHANGE_{name}_ENABLED" for name in ("PSK", "DHE_PSK", "ECDHE_PSK")], *CERTIFICATES],
    "PSA": NO_PSA, "a clock": ["MBEDTLS_HAVE_TIME", "MBEDTLS_HAVE_TIME_DATE"], "SHA-384 and SHA-512": ["MBEDTLS_SHA384_C", "MBEDTLS_SHA512_C"],
    "P-384": ["MBEDTLS_ECP_DP_SECP384R1_ENABLED"], "RSA-PSS": ["MBEDTLS_PKCS1_V21", "MBEDTLS_X509_RSASSA_PSS_SUPPORT", *NO_TLS13],
    "a platform layer": ["MBEDTLS_PLATFORM_C", *NO_PSA, "MBEDTLS_NET_C", "MBEDTLS_TIMING_C"],
    "a file system": ["MBEDTLS_FS_IO", "MBEDTLS_PSA_ITS_FILE_C", "MBEDTLS_PSA_CRYPTO_STORAGE_C"], "the server's side": [
        "MBEDTLS_SSL_SRV_C", "MBEDTLS_SSL_TICKET_C", "MBEDTLS_SSL_CACHE_C", "MBEDTLS_SSL_COOKIE_C", "MBEDTLS_SSL_DTLS_HELLO_VERIFY",
        "MBEDTLS_SSL_DTLS_CLIENT_PORT_REUSE"],
}
# And with these, which the default leaves out.
MORE = {
    "an allocator of its own": ["MBEDTLS_PLATFORM_MEMORY"],
    "calloc by a macro": ["MBEDTLS_PLATFORM_MEMORY", "MBEDTLS_PLATFORM_CALLOC_MACRO calloc", "MBEDTLS_PLATFORM_FREE_MACRO free"],
    "threads": ["MBEDTLS_THREADING_C", "MBEDTLS_THREADING_PTHREAD"], "USE_PSA": ["MBEDTLS_USE_PSA_CRYPTO"],
    "variable buffers": ["MBEDTLS_SSL_VARIABLE_BUFFER_LENGTH"], "restartable arithmetic": ["MBEDTLS_ECP_RESTARTABLE"],
    "hardware entropy": ["MBEDTLS_ENTROPY_HARDWARE_ALT"], "no checks": ["MBEDTLS_X509_REMOVE_INFO"],
}
INSECURE = "KRATOS_MBEDTLS_INSECURE_NO_VERIFICATION"
FORBIDDEN = {"malloc", "calloc", "realloc", "free", "printf", "snprintf", "time", "rand"}


class Build:
    def __init__(self, compiler, flags, mbedtls, directory):
        self.compiler, self.flags, self.mbedtls, self.directory = compiler, flags, mbedtls, pathlib.Path(directory)

    def compile(self, source, config, *more, include=None):
        out = self.directory / (source.stem + ".o")
        done = subprocess.run([self.compiler, "-std=c99", *self.flags, f"-I{ROOT / 'core'}", f"-I{PORT}", "-isystem",
                               include or self.mbedtls / "include", f'-DMBEDTLS_CONFIG_FILE="{config[0]}"', *config[1:],
                               *more, "-c", source, "-o", out], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        return done.returncode, done.stdout, out

    def read_all(self, config):
        """All sources, without code."""
        done = subprocess.run([self.compiler, "-std=c99", *self.flags, "-O0", "-fsyntax-only", f"-I{ROOT / 'core'}", f"-I{PORT}",
                               "-isystem", self.mbedtls / "include", f'-DMBEDTLS_CONFIG_FILE="{config[0]}"', *SOURCES],
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        return done.returncode, done.stdout

    def product(self, without, more=()):
        """The default configuration without some, and with others."""
        path = self.directory / "product_config.h"
        path.write_text('#include "mbedtls/mbedtls_config.h"\n' + "".join(f"#undef {name}\n" for name in without) +
                        "".join(f"#define {name}\n" for name in more))
        return (str(path),)

    def symbols(self, source, config, *more):
        rc, output, out = self.compile(source, config, *more)
        if rc:
            raise AssertionError(output)
        return subprocess.run(["nm", out], stdout=subprocess.PIPE, text=True, check=True).stdout


def test_other_versions_stop_with_one_line(build):
    for major, minor in ((2, 28), (3, 5), (3, 7), (4, 0)):
        include = build.directory / f"v{major}.{minor}"
        (include / "mbedtls").mkdir(parents=True, exist_ok=True)
        (include / "mbedtls" / "version.h").write_text(f"#define MBEDTLS_VERSION_MAJOR {major}\n"
                                                       f"#define MBEDTLS_VERSION_MINOR {minor}\n")
        for source in SOURCES:
            rc, output, _ = build.compile(source, CONFIGS[0], include=include)
            errors = re.findall(r".*error.*", output)
            assert rc and len([e for e in errors if "error:" in e]) == 1 and "needs Mbed TLS 3.6" in errors[0], output


def test_what_is_needed_is_named_in_one_line(build):
    for needed, others in REQUIRED.items():
        rc, output = build.read_all(build.product([needed, *others]))
        errors = re.findall(r".*(?:error|warning):.*", output)
        assert rc and len(errors) == len(SOURCES), (needed, output)
        assert all("#error" in error and f"port/mbedtls needs {needed}" in error for error in errors), (needed, output)


def test_what_is_not_needed_is_done_without(build):
    for what, config in [*((what, (without, ())) for what, without in OPTIONAL.items()),
                         *((what, ((), more)) for what, more in MORE.items())]:
        rc, output = build.read_all(build.product(*config))
        assert rc == 0 and not output, (what, output)


def test_hardware_poll_of_the_product(build):
    config = build.product([], MORE["hardware entropy"])
    platform = PORT / "kratos_mbedtls_platform.c"
    assert " T mbedtls_hardware_poll" in build.symbols(platform, config)
    assert "hardware_poll" not in build.symbols(platform, config, "-DKRATOS_MBEDTLS_OWN_HARDWARE_POLL")


def test_no_warnings(build):
    for config in CONFIGS:
        for source in SOURCES:
            rc, output, _ = build.compile(source, config)
            assert rc == 0 and not output, output


def test_insecure_only_by_its_macro(build):
    for config in CONFIGS:
        assert not any("insecure" in build.symbols(source, config) for source in SOURCES), config
        assert any("insecure" in build.symbols(source, config, f"-D{INSECURE}") for source in SOURCES), config


def test_insecure_is_no_member(build):
    """Not a word of it is left for the compiler, so no stray write can set it."""
    unit = build.directory / "unit.c"
    unit.write_text('#include "kratos_mbedtls.h"\nint f(struct kratos_mbedtls *t);\n'
                    "int f(struct kratos_mbedtls *t) { return t->insecure; }\n")
    for config in CONFIGS:
        rc, output, _ = build.compile(unit, config)
        assert rc and "no member named" in output, output
        rc, output, _ = build.compile(unit, config, f"-D{INSECURE}")
        assert rc == 0, output
        for source in SOURCES:
            _, _, out = build.compile(source, config, "-E")
            assert "insecure" not in out.read_text(), source


def test_no_heap_no_clock_no_print(build):
    for config in CONFIGS:
        for source in SOURCES:
            used = set(re.findall(r" U (\w+)", build.symbols(source, config)))
            assert not used & FORBIDDEN, (source, used & FORBIDDEN)


def test_state_only_in_one_file(build):
    for config in CONFIGS:
        for source in SOURCES:
            data = re.findall(r" [dDbBC] (\w+)", build.symbols(source, config))
            assert not data or source.stem == "kratos_mbedtls_platform", (source, data)


def test_as_cxx(build):
    unit = build.directory / "unit.cpp"
    unit.write_text('#include "kratos_mbedtls_crypto.h"\nint main() { struct kratos_mbedtls t; return sizeof t == 0; }\n')
    done = subprocess.run(["g++", "-std=c++17", "-Wall", "-Wextra", f"-I{ROOT / 'core'}", f"-I{PORT}", "-isystem",
                           build.mbedtls / "include", '-DMBEDTLS_CONFIG_FILE="kratos_mbedtls_web.h"', "-fsyntax-only",
                           unit], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    assert done.returncode == 0 and not done.stdout, done.stdout


def main():
    passed = failed = 0
    for name, function in list(globals().items()):
        if not name.startswith("test_"):
            continue
        with tempfile.TemporaryDirectory() as directory:
            try:
                function(Build(sys.argv[1], sys.argv[3:], pathlib.Path(sys.argv[2]), directory))
                passed += 1
            except AssertionError as e:
                failed += 1
                print(f"FAILED {name}: {e}")
    print(f"{passed} passed, {failed} failed")
    return failed != 0


if __name__ == "__main__":
    sys.exit(main())
