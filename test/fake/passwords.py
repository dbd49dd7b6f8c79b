"""Password hashes: which imported ones a release knows, how plaintext is stored, and what a login checks."""
import base64
import hashlib
import hmac
import re
import secrets
import warnings

with warnings.catch_warnings():
    warnings.simplefilter("ignore", DeprecationWarning)
    import crypt

KNOWN_PREFIXES = ("$2a$", "$2b$", "$2y$", "$2z$", "$2$", "$argon2id$", "$argon2i$", "$pbkdf2-sha256$", "$scrypt$", "{SSHA}",
    "{SSHA256}",
                  "{SSHA512}", "$sha1$", "$sha256$", "$sha512$", "$md5$", "$firescrypt$", "$md5-crypt$", "$sha256-crypt$",
                  "$sha512-crypt$")
PBKDF2_ANY = re.compile(r"\$pbkdf2-sha(1|224|256|384|512)\$")
HMAC_ANY = re.compile(r"\$hmac-(md4|md5|sha1|sha224|sha256|sha384|sha512)\$")
PBKDF2 = re.compile(r"\$pbkdf2-sha(1|224|256|384|512)\$i=(\d+),l=(\d+)\$([^$]+)\$([^$]+)$")
BCRYPT_ALPHABET = "./ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
LONGEST = 72


def is_known_hash(text, release):
    """Only the prefix is looked at, as at a real import."""
    if text.startswith(KNOWN_PREFIXES) or PBKDF2_ANY.match(text):
        return True
    return release.hmac_hashes and HMAC_ANY.match(text) is not None


def unpadded(text):
    return base64.b64decode(text + "=" * (-len(text) % 4))


class Hasher:
    """Hashes by bcrypt of the lowest cost; `cheap` keeps the shape but takes a fast digest instead."""

    def __init__(self, cheap):
        self.cheap = cheap

    def hash(self, password):
        salt = "".join(secrets.choice(BCRYPT_ALPHABET) for _ in range(21)) + "."
        return self.cheap_hash(password, salt) if self.cheap else crypt.crypt(password, "$2a$04$" + salt)

    @staticmethod
    def cheap_hash(password, salt):
        digest = base64.b64encode(hashlib.sha256((salt + password).encode("utf-8")).digest(), b"./").decode("ascii")
        return "$2a$04$%s%s" % (salt, digest[:31])

    def matches(self, password, hashed):
        if not hashed:
            return False
        if PBKDF2.match(hashed):
            name, rounds, length, salt, digest = PBKDF2.match(hashed).groups()
            computed = hashlib.pbkdf2_hmac("sha" + name, password.encode("utf-8"), unpadded(salt), int(rounds), int(length))
            return hmac.compare_digest(computed, unpadded(digest))
        if not re.match(r"\$2[aby]?\$\d\d\$.{53}$", hashed):
            return False
        return hashed in (self.cheap_hash(password, hashed[7:29]), crypt.crypt(password, hashed))
