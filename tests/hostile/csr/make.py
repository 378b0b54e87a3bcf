#!/usr/bin/env python3
"""Makes the certification requests of this folder, and the list of what is expected of them.

They are kept as files; this says how they came to be, and makes them anew (with other keys) after a change:

    tests/hostile/csr/make.py

Each is built octet by octet and signed by stock openssl with a key that is thrown away, so that it is wrong in one place
only. `expected` has a line for each: file, code of the reason, words of its message.
"""
import base64
import math
import os
import secrets
import subprocess
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
WORK = tempfile.TemporaryDirectory()
EXPECTED = []

# --- DER --------------------------------------------------------------------------------------------------------------


def tlv(tag, content):
    length = len(content)
    if length < 0x80:
        return bytes([tag, length]) + content
    octets = length.to_bytes((length.bit_length() + 7) // 8, "big")
    return bytes([tag, 0x80 | len(octets)]) + octets + content


def seq(*parts):
    return tlv(0x30, b"".join(parts))


def oid(dotted):
    arcs = [int(arc) for arc in dotted.split(".")]
    out = bytearray()
    for arc in [arcs[0] * 40 + arcs[1]] + arcs[2:]:
        septets = [arc & 0x7F]
        while arc > 0x7F:
            arc >>= 7
            septets.append(arc & 0x7F | 0x80)
        out += bytes(reversed(septets))
    return tlv(6, bytes(out))


def integer(value):
    return tlv(2, value.to_bytes(value.bit_length() // 8 + 1, "big"))


def bits(content):
    return tlv(3, b"\0" + content)


def name(*attributes):
    return seq(*[tlv(0x31, seq(oid(kind), tlv(tag, value))) for kind, tag, value in attributes])


CN, O = "2.5.4.3", "2.5.4.10"
WWW = (CN, 0x0C, b"www.example.com")
EXTENSION_REQUEST, OLDER_REQUEST = "1.2.840.113549.1.9.14", "1.3.6.1.4.1.311.2.1.14"
SAN = "2.5.29.17"
UPN = "1.3.6.1.4.1.311.20.2.3"


def extension(kind, value, critical=b""):
    return seq(oid(kind), critical, tlv(4, value))


def request_of(*extensions, kind=EXTENSION_REQUEST):
    return seq(oid(kind), tlv(0x31, seq(*extensions)))


def san(*names):
    return request_of(extension(SAN, seq(*names)))


# --- keys and signatures ----------------------------------------------------------------------------------------------


def openssl(*arguments, given=None):
    return subprocess.run(["openssl", *arguments], input=given, check=True, capture_output=True).stdout


class Key:
    count = 0

    def __init__(self, *options):
        Key.count += 1
        self.path = os.path.join(WORK.name, f"key{Key.count}")
        openssl("genpkey", *options, "-out", self.path)
        self.spki = openssl("pkey", "-in", self.path, "-pubout", "-outform", "DER")

    def sign(self, data, *options):
        message = os.path.join(WORK.name, "message")
        with open(message, "wb") as file:
            file.write(data)
        if self.spki[:16].find(b"\x2b\x65\x70") >= 0 or self.spki[:16].find(b"\x2b\x65\x71") >= 0:
            return openssl("pkeyutl", "-sign", "-rawin", "-inkey", self.path, "-in", message)
        return openssl("dgst", *(options or ("-sha256",)), "-sign", self.path, message)


P256 = Key("-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256")
OTHER = Key("-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256")
RSA = Key("-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048")
ED25519 = Key("-algorithm", "ED25519")

ECDSA_SHA256 = seq(oid("1.2.840.10045.4.3.2"))
RSA_SHA256 = seq(oid("1.2.840.113549.1.1.11"), tlv(5, b""))
ED25519_SIGNATURE = seq(oid("1.3.101.112"))


def info(spki, subject=None, attributes=b"", version=b"\x02\x01\x00"):
    return seq(version, subject if subject is not None else name(WWW), spki, tlv(0xA0, attributes))


def request(key=P256, algorithm=ECDSA_SHA256, options=(), **fields):
    """A whole request, signed; fields as in info()."""
    signed = info(fields.pop("spki", key.spki), **fields)
    return seq(signed, algorithm, bits(key.sign(signed, *options)))


def unsigned(spki, algorithm=RSA_SHA256):
    """For keys that are refused before the signature is looked at."""
    return seq(info(spki), algorithm, bits(bytes(256)))


def rsa_spki(modulus, exponent=65537, parameters=tlv(5, b""), kind="1.2.840.113549.1.1.1"):
    return seq(seq(oid(kind), parameters), bits(seq(integer(modulus), integer(exponent))))


# --- primes -----------------------------------------------------------------------------------------------------------


def is_prime(n):
    if any(n % p == 0 for p in (2, 3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37)):
        return False
    return all(pow(a, n - 1, n) == 1 for a in (2, 3, 5, 7, 11))


def prime_from(start):
    start |= 1
    while not is_prime(start):
        start += 2
    return start


def prime(size):
    return prime_from(secrets.randbits(size) | 3 << (size - 2))


def roca_prime():
    """As the library of CVE-2017-15361 made them: k * M + (65537^a mod M)."""
    primes = [p for p in range(2, 702) if all(p % d for d in range(2, int(math.sqrt(p)) + 1))]
    product = math.prod(primes)
    assert product.bit_length() < 1010
    while True:
        k = secrets.randbits(1024 - product.bit_length()) | 3 << (1022 - product.bit_length())
        candidate = k * product + pow(65537, secrets.randbits(60), product)
        if candidate.bit_length() == 1024 and candidate >> 1022 == 3 and is_prime(candidate):
            return candidate


# --- files ------------------------------------------------------------------------------------------------------------


def pem(der, label="CERTIFICATE REQUEST"):
    text = base64.b64encode(der).decode()
    lines = [text[at:at + 64] for at in range(0, len(text), 64)]
    return "\n".join([f"-----BEGIN {label}-----", *lines, f"-----END {label}-----", ""])


def keep(file, code, words, content):
    if isinstance(content, bytes):
        content = pem(content)
    with open(os.path.join(HERE, file + ".pem"), "w", newline="") as out:
        out.write(content)
    EXPECTED.append(f"{file} {code} {words}")


def main():
    for old in os.listdir(HERE):
        if old.endswith(".pem"):
            os.unlink(os.path.join(HERE, old))
    good = request()
    text = pem(good)
    lines = text.splitlines(keepends=True)

    # the PEM text
    keep("pem-empty", "CsrMissing", "there is none", "")
    keep("pem-spaces", "CsrMissing", "there is none", " \n\t\r\n")
    keep("pem-text-before", "CsrMalformed", "expected -----BEGIN", "Certificate Request:\n" + text)
    keep("pem-text-after", "CsrMalformed", "something after", text + "the end\n")
    keep("pem-two", "CsrMalformed", "something after", text + text)
    keep("pem-key-after", "CsrMalformed", "something after", text + pem(b"\x30\x00", "PUBLIC KEY"))
    keep("pem-other-label", "CsrMalformed", "expected -----BEGIN", pem(good, "CERTIFICATE"))
    keep("pem-label-lower-case", "CsrMalformed", "expected -----BEGIN", pem(good, "certificate request"))
    keep("pem-labels-differ", "CsrMalformed", "there is no -----END",
         text.replace("END CERTIFICATE", "END NEW CERTIFICATE"))
    keep("pem-no-end", "CsrMalformed", "there is no -----END", "".join(lines[:-1]))
    keep("pem-headers", "CsrMalformed", "empty line inside", lines[0] + "Proc-Type: 4,ENCRYPTED\n\n" + "".join(lines[1:]))
    keep("pem-empty-line", "CsrMalformed", "empty line inside", lines[0] + "\n" + "".join(lines[1:]))
    keep("pem-indented", "CsrMalformed", "not base64", lines[0] + "".join("  " + line for line in lines[1:-1]) + lines[-1])
    keep("pem-not-base64", "CsrMalformed", "not base64", lines[0] + "!" + lines[1][1:] + "".join(lines[2:]))
    keep("pem-url-base64", "CsrMalformed", "not base64", lines[0] + "-_" + lines[1][2:] + "".join(lines[2:]))
    keep("pem-short-base64", "CsrMalformed", "not base64", lines[0] + lines[1][:-2] + "\n" + "".join(lines[2:]))
    keep("pem-nothing-inside", "CsrMalformed", "not base64", lines[0] + lines[-1])
    keep("pem-too-long", "CsrMalformed", "longer than 64 KiB", text + "\n" * 65536)

    # DER
    keep("der-empty", "CsrMalformed", "not well-formed DER", seq())
    keep("der-not-a-sequence", "CsrMalformed", "not well-formed DER", tlv(0x31, good[4:]))
    keep("der-truncated", "CsrMalformed", "not well-formed DER", good[:-1])
    keep("der-trailing", "CsrMalformed", "not well-formed DER", good + b"\0")
    keep("der-indefinite-length", "CsrMalformed", "not well-formed DER", b"\x30\x80" + good[4:] + b"\0\0")
    body = good[4:] if good[1] == 0x82 else good[3:]
    keep("der-long-length", "CsrMalformed", "not well-formed DER",
         b"\x30\x83\0" + len(body).to_bytes(2, "big") + body)
    keep("der-huge-length", "CsrMalformed", "not well-formed DER", b"\x30\x84\xff\xff\xff\xff" + body)
    keep("der-high-tag", "CsrMalformed", "not well-formed DER", b"\x3f\x10" + good[1:])
    keep("der-field-added", "CsrMalformed", "not well-formed DER", seq(body, tlv(5, b"")))
    keep("version-1", "CsrMalformed", "version is not 0", request(version=b"\x02\x01\x01"))
    keep("version-long", "CsrMalformed", "version is not 0", request(version=b"\x02\x02\x00\x00"))
    keep("version-missing", "CsrMalformed", "the version", request(version=b""))
    signed = seq(b"\x02\x01\x00", name(WWW), P256.spki)
    keep("attributes-missing", "CsrMalformed", "the set of attributes",
         seq(signed, ECDSA_SHA256, bits(P256.sign(signed))))
    signed = seq(b"\x02\x01\x00", name(WWW), P256.spki, tlv(0xA0, b""), tlv(0xA1, b""))
    keep("info-field-added", "CsrMalformed", "the set of attributes",
         seq(signed, ECDSA_SHA256, bits(P256.sign(signed))))

    # signatures
    signed = info(P256.spki)
    signature = P256.sign(signed)
    keep("signature-by-another", "CsrSignature", "possession", seq(signed, ECDSA_SHA256, bits(OTHER.sign(signed))))
    keep("signature-of-another", "CsrSignature", "possession",
         seq(signed, ECDSA_SHA256, bits(P256.sign(info(P256.spki, name(WWW, WWW))))))
    keep("signature-unused-bits", "CsrMalformed", "the signature", seq(signed, ECDSA_SHA256, tlv(3, b"\1" + signature)))
    keep("signature-empty", "CsrSignature", "possession", seq(signed, ECDSA_SHA256, bits(b"")))
    keep("signature-no-bits", "CsrMalformed", "the signature", seq(signed, ECDSA_SHA256, tlv(3, b"")))
    keep("signature-zero", "CsrSignature", "possession", seq(signed, ECDSA_SHA256, bits(seq(integer(0), integer(0)))))
    keep("signature-trailing", "CsrSignature", "possession", seq(signed, ECDSA_SHA256, bits(signature + b"\0")))
    keep("signature-missing", "CsrMalformed", "the signature", seq(signed, ECDSA_SHA256))
    keep("signature-ecdsa-sha1", "CsrSignature", "SHA-1", request(algorithm=seq(oid("1.2.840.10045.4.1")), options=("-sha1",)))
    keep("signature-rsa-sha1", "CsrSignature", "SHA-1",
         request(RSA, seq(oid("1.2.840.113549.1.1.5"), tlv(5, b"")), ("-sha1",)))
    keep("signature-rsa-md5", "CsrSignature", "MD5",
         request(RSA, seq(oid("1.2.840.113549.1.1.4"), tlv(5, b"")), ("-md5",)))
    keep("signature-rsa-pss", "CsrSignature", "RSASSA-PSS", request(RSA, seq(oid("1.2.840.113549.1.1.10"), seq()), (
        "-sha256", "-sigopt", "rsa_padding_mode:pss")))
    keep("signature-other-kind", "CsrSignature", "cannot be made with", request(algorithm=RSA_SHA256))
    keep("signature-ecdsa-null", "CsrSignature", "form of its parameters",
         request(algorithm=seq(oid("1.2.840.10045.4.3.2"), tlv(5, b""))))
    keep("signature-no-algorithm", "CsrSignature", "malformed", request(algorithm=seq()))
    keep("signature-unknown", "CsrSignature", "1.2.3.4", request(algorithm=seq(oid("1.2.3.4"))))

    # RSA keys
    for size in (1024, 1536, 2040, 2056, 5120):
        key = Key("-algorithm", "RSA", "-pkeyopt", f"rsa_keygen_bits:{size}")
        keep(f"rsa-{size}", "KeyWeak", f"has {size} bits", request(key, RSA_SHA256))
    key = Key("-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048", "-pkeyopt", "rsa_keygen_pubexp:3")
    keep("rsa-exponent-3", "KeyWeak", "below 65537", request(key, RSA_SHA256))
    modulus = prime(1024) * prime(1024)
    keep("rsa-exponent-1", "KeyWeak", "below 65537", unsigned(rsa_spki(modulus, 1)))
    keep("rsa-exponent-even", "KeyWeak", "even", unsigned(rsa_spki(modulus, 65538)))
    keep("rsa-exponent-large", "KeyWeak", "2^256", unsigned(rsa_spki(modulus, 2**256 + 1)))
    keep("rsa-exponent-zero", "KeyMalformed", "malformed", unsigned(rsa_spki(modulus, 0)))
    keep("rsa-modulus-even", "KeyWeak", "even", unsigned(rsa_spki(modulus ^ 1)))
    keep("rsa-small-factor", "KeyWeak", "small factor", unsigned(rsa_spki(911 * prime_from(2**2048 // 911 - 2**2000))))
    keep("rsa-roca", "KeyWeak", "ROCA", unsigned(rsa_spki(roca_prime() * roca_prime())))
    close = prime(1024)
    keep("rsa-close-primes", "KeyWeak", "close to each other", unsigned(rsa_spki(close * prime_from(close + 2**500))))
    keep("rsa-next-primes", "KeyWeak", "close to each other", unsigned(rsa_spki(close * prime_from(close + 2))))
    keep("rsa-square", "KeyWeak", "close to each other", unsigned(rsa_spki(close * close)))
    keep("rsa-no-parameters", "KeyRefused", "not NULL", unsigned(rsa_spki(modulus, parameters=b"")))
    keep("rsa-key-trailing", "KeyMalformed", "malformed",
         unsigned(seq(seq(oid("1.2.840.113549.1.1.1"), tlv(5, b"")), bits(seq(integer(modulus), integer(65537)) + b"\0"))))
    negative = tlv(2, modulus.to_bytes(256, "big"))
    keep("rsa-modulus-negative", "KeyMalformed", "malformed",
         unsigned(seq(seq(oid("1.2.840.113549.1.1.1"), tlv(5, b"")), bits(seq(negative, integer(65537))))))
    padded = tlv(2, b"\0\0" + modulus.to_bytes(256, "big"))
    keep("rsa-modulus-padded", "KeyMalformed", "malformed",
         unsigned(seq(seq(oid("1.2.840.113549.1.1.1"), tlv(5, b"")), bits(seq(padded, integer(65537))))))
    key = Key("-algorithm", "RSA-PSS", "-pkeyopt", "rsa_keygen_bits:2048")
    keep("rsa-pss-key", "KeyRefused", "RSASSA-PSS", unsigned(key.spki))
    keep("rsa-oaep-key", "KeyRefused", "RSAES-OAEP", unsigned(rsa_spki(modulus, kind="1.2.840.113549.1.1.7")))

    # EC and other keys
    for curve in ("secp224r1", "P-521", "secp256k1", "brainpoolP256r1"):
        key = Key("-algorithm", "EC", "-pkeyopt", f"ec_paramgen_curve:{curve}")
        keep(f"ec-{curve.lower()}", "KeyRefused", "not P-256 or P-384", request(key))
    key = Key("-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256", "-pkeyopt", "ec_param_enc:explicit")
    keep("ec-explicit", "KeyRefused", "explicit parameters", request(key))
    point = P256.spki[-65:]
    named = P256.spki[2:23]
    keep("ec-compressed", "KeyRefused", "compressed", request(spki=seq(named, bits(bytes([2 + (point[64] & 1)]) + point[1:33]))))
    keep("ec-hybrid", "KeyMalformed", "octets", request(spki=seq(named, bits(bytes([6 + (point[64] & 1)]) + point[1:]))))
    keep("ec-infinity", "KeyMalformed", "octets", request(spki=seq(named, bits(b"\0"))))
    keep("ec-not-on-curve", "KeyMalformed", "not a point on its curve",
         request(spki=seq(named, bits(point[:64] + bytes([point[64] ^ 1])))))
    keep("ec-coordinate-too-large", "KeyMalformed", "not a point on its curve",
         request(spki=seq(named, bits(b"\4" + b"\xff" * 64))))
    keep("ec-point-short", "KeyMalformed", "octets", request(spki=seq(named, bits(point[:-1]))))
    keep("ec-point-empty", "KeyMalformed", "octets", request(spki=seq(named, bits(b""))))
    keep("ec-no-curve", "KeyRefused", "not P-256 or P-384", request(spki=seq(seq(oid("1.2.840.10045.2.1")), bits(point))))
    keep("ec-implicit-curve", "KeyRefused", "not P-256 or P-384",
         request(spki=seq(seq(oid("1.2.840.10045.2.1"), tlv(5, b"")), bits(point))))
    keep("ec-point-of-other-curve", "KeyMalformed", "octets",
         request(spki=seq(seq(oid("1.2.840.10045.2.1"), oid("1.3.132.0.34")), bits(point))))
    keep("spki-trailing", "KeyMalformed", "SubjectPublicKeyInfo", request(spki=seq(named, bits(point), tlv(5, b""))))
    keep("spki-unused-bits", "KeyMalformed", "SubjectPublicKeyInfo", request(spki=seq(named, tlv(3, b"\4" + point))))
    keep("spki-empty", "KeyMalformed", "SubjectPublicKeyInfo", request(spki=seq()))
    keep("spki-unknown", "KeyRefused", "1.2.3.4", request(spki=seq(seq(oid("1.2.3.4")), bits(point))))
    edwards = seq(oid("1.3.101.112"))
    keep("ed25519-short", "KeyMalformed", "octets",
         unsigned(seq(edwards, bits(bytes(31))), ED25519_SIGNATURE))
    keep("ed25519-with-null", "KeyRefused", "1.3.101.112",
         unsigned(seq(seq(oid("1.3.101.112"), tlv(5, b"")), bits(ED25519.spki[-32:])), ED25519_SIGNATURE))
    # the neutral element as key: the signature R = neutral element, S = 0 verifies for every message
    neutral = b"\1" + bytes(31)
    keep("ed25519-small-order", "KeyWeak", "small order",
         seq(info(seq(edwards, bits(neutral))), ED25519_SIGNATURE, bits(neutral + bytes(32))))
    keep("ed25519-small-order-8", "KeyWeak", "small order", unsigned(seq(edwards, bits(bytes.fromhex(
        "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85"))), ED25519_SIGNATURE))
    keep("ed448", "KeyRefused", "Ed448", unsigned(Key("-algorithm", "ED448").spki))
    keep("x25519", "KeyRefused", "X25519", unsigned(Key("-algorithm", "X25519").spki))
    keep("x448", "KeyRefused", "X448", unsigned(Key("-algorithm", "X448").spki))
    keep("dsa", "KeyRefused", "DSA", unsigned(seq(seq(oid("1.2.840.10040.4.1"), seq(integer(23), integer(11), integer(4))),
                                                bits(integer(9)))))

    # the subject
    for file, tag, value in (
            ("cn-nul", 0x0C, b"www.example.com\0.evil.example"), ("cn-nul-printable", 0x13, b"www\0"),
            ("cn-newline", 0x0C, b"www\nO=Evil"), ("cn-escape", 0x0C, b"\x1b[2J"), ("cn-delete", 0x0C, b"a\x7f"),
            ("cn-c1", 0x0C, b"a\xc2\x9b"), ("cn-empty", 0x0C, b""), ("cn-not-utf8", 0x0C, b"\xff\xfe"),
            ("cn-overlong-utf8", 0x0C, b"\xc0\xaf"), ("cn-surrogate-utf8", 0x0C, b"\xed\xa0\x80"),
            ("cn-printable-star", 0x13, b"*.example.com"), ("cn-printable-at", 0x13, b"a@example.com"),
            ("cn-ia5-high", 0x16, b"caf\xe9"), ("cn-t61-high", 0x14, b"caf\xe9"), ("cn-bmp-odd", 0x1E, b"\0a\0"),
            ("cn-bmp-surrogate", 0x1E, b"\xd8\x3d\xde\x00"), ("cn-bmp-nul", 0x1E, b"\0a\0\0"),
            ("cn-universal-short", 0x1C, b"\0\0a"), ("cn-universal-large", 0x1C, b"\0\x11\0\0"),
            ("cn-integer", 0x02, b"\1"), ("cn-octets", 0x04, b"www")):
        keep(file, "CsrName", "the subject's CN", request(subject=name((CN, tag, value))))
    keep("o-nul", "CsrName", "the subject's O", request(subject=name(WWW, (O, 0x0C, b"a\0b"))))
    keep("subject-empty-set", "CsrName", "the subject is malformed", request(subject=seq(tlv(0x31, b""))))
    keep("subject-not-a-set", "CsrName", "the subject is malformed", request(subject=seq(seq(oid(CN), tlv(0x0C, b"a")))))
    keep("subject-set-trailing", "CsrName", "the subject is malformed",
         request(subject=seq(tlv(0x31, seq(oid(CN), tlv(0x0C, b"a")) + tlv(5, b"")))))
    keep("subject-attribute-trailing", "CsrName", "an attribute of the subject",
         request(subject=seq(tlv(0x31, seq(oid(CN), tlv(0x0C, b"a"), tlv(5, b""))))))
    keep("subject-no-value", "CsrName", "an attribute of the subject", request(subject=seq(tlv(0x31, seq(oid(CN))))))
    keep("subject-bad-type", "CsrName", "an attribute of the subject",
         request(subject=seq(tlv(0x31, seq(tlv(6, b"\x80\x01"), tlv(0x0C, b"a"))))))
    keep("subject-endless-type", "CsrName", "an attribute of the subject",
         request(subject=seq(tlv(0x31, seq(tlv(6, b"\x55\x84"), tlv(0x0C, b"a"))))))

    # alternative names
    dns = tlv(0x82, b"www.example.com")
    for file, words, names in (
            ("san-empty", "alternative names are malformed", []), ("san-dns-nul", "DNS name", [tlv(0x82, b"a\0.evil")]),
            ("san-dns-empty", "DNS name", [tlv(0x82, b"")]), ("san-dns-utf8", "DNS name", [tlv(0x82, b"m\xc3\xbcnze")]),
            ("san-dns-newline", "DNS name", [dns, tlv(0x82, b"a\nb")]), ("san-email-nul", "email name", [tlv(0x81, b"a@b\0")]),
            ("san-uri-escape", "URI name", [tlv(0x86, b"http://a/\x1b")]), ("san-ip-3", "4 or 16", [tlv(0x87, b"\n\0\0")]),
            ("san-ip-5", "4 or 16", [tlv(0x87, bytes(5))]), ("san-ip-network", "4 or 16", [tlv(0x87, bytes(8))]),
            ("san-ip-empty", "4 or 16", [tlv(0x87, b"")]), ("san-unknown-type", "no known type", [tlv(0x89, b"a")]),
            ("san-constructed-dns", "no known type", [tlv(0xA2, dns)]), ("san-universal", "no known type", [tlv(0x0C, b"a")]),
            ("san-upn-nul", "user principal name", [tlv(0xA0, oid(UPN) + tlv(0xA0, tlv(0x0C, b"a\0b")))]),
            ("san-upn-ia5", "user principal name", [tlv(0xA0, oid(UPN) + tlv(0xA0, tlv(0x16, b"alice")))]),
            ("san-upn-bare", "otherName", [tlv(0xA0, oid(UPN) + tlv(0x0C, b"alice"))]),
            ("san-upn-two", "user principal name", [tlv(0xA0, oid(UPN) + tlv(0xA0, tlv(0x0C, b"a") + tlv(0x0C, b"b")))]),
            ("san-other-empty", "otherName", [tlv(0xA0, b"")])):
        keep(file, "CsrName", words, request(attributes=san(*names)))
    keep("san-trailing", "CsrName", "alternative names are malformed",
         request(attributes=request_of(extension(SAN, seq(dns) + b"\0"))))
    keep("san-not-a-sequence", "CsrName", "alternative names are malformed",
         request(attributes=request_of(extension(SAN, dns))))
    keep("san-truncated", "CsrName", "alternative names are malformed",
         request(attributes=request_of(extension(SAN, seq(b"\x82\x20www")))))

    # attributes and extensions
    keep("extensions-twice", "CsrMalformed", "twice",
         request(attributes=request_of(extension(SAN, seq(dns)), extension(SAN, seq(tlv(0x82, b"evil.example"))))))
    keep("extensions-other-twice", "CsrMalformed", "twice",
         request(attributes=request_of(extension("2.5.29.15", b"\3\2\7\x80"), extension("2.5.29.15", b"\3\2\7\x80"))))
    keep("requests-two", "CsrMalformed", "more than one extension request", request(attributes=san(dns) + san(dns)))
    keep("requests-two-kinds", "CsrMalformed", "more than one extension request",
         request(attributes=san(dns) + request_of(extension(SAN, seq(dns)), kind=OLDER_REQUEST)))
    both = seq(extension(SAN, seq(dns)))
    keep("request-two-values", "CsrMalformed", "more than one extension request",
         request(attributes=seq(oid(EXTENSION_REQUEST), tlv(0x31, both + both))))
    keep("request-no-value", "CsrMalformed", "the extension request",
         request(attributes=seq(oid(EXTENSION_REQUEST), tlv(0x31, b""))))
    keep("request-not-extensions", "CsrMalformed", "list of requested extensions",
         request(attributes=seq(oid(EXTENSION_REQUEST), tlv(0x31, tlv(0x0C, b"a")))))
    keep("attribute-not-a-set", "CsrMalformed", "an attribute", request(attributes=seq(oid(EXTENSION_REQUEST), both)))
    keep("attribute-trailing", "CsrMalformed", "an attribute",
         request(attributes=seq(oid(EXTENSION_REQUEST), tlv(0x31, both), tlv(5, b""))))
    keep("attribute-not-a-sequence", "CsrMalformed", "the set of attributes", request(attributes=tlv(5, b"")))
    keep("extension-critical-false", "CsrMalformed", "a requested extension",
         request(attributes=request_of(extension(SAN, seq(dns), b"\1\1\0"))))
    keep("extension-critical-one", "CsrMalformed", "a requested extension",
         request(attributes=request_of(extension(SAN, seq(dns), b"\1\1\1"))))
    keep("extension-no-value", "CsrMalformed", "a requested extension", request(attributes=request_of(seq(oid(SAN)))))
    keep("extension-trailing", "CsrMalformed", "a requested extension",
         request(attributes=request_of(seq(oid(SAN), tlv(4, seq(dns)), tlv(5, b"")))))
    keep("extension-bad-type", "CsrMalformed", "a requested extension",
         request(attributes=request_of(seq(tlv(6, b""), tlv(4, seq(dns))))))
    keep("extensions-many", "CsrMalformed", "list of requested extensions",
         request(attributes=request_of(*[extension(f"1.2.3.{i}", b"\5\0") for i in range(65)])))

    with open(os.path.join(HERE, "expected"), "w") as out:
        out.write("\n".join(sorted(EXPECTED)) + "\n")


main()
