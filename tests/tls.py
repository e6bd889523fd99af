"""A self-signed certificate for the loopback."""

from __future__ import annotations

import ssl
import tempfile
from functools import cache

# Made for these tests, and used nowhere else.
SELF_SIGNED = """\
-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgWpTnQyVynCcWiGvf
n6swXpwtqMI8Yuett7fkVcww6cShRANCAATtZlkX59XzuWLZi3iqYW57SXlJgA8l
rKPAfZdX47RAjKyiCqky8A6RNDgQvEIKvz87ER77f7nuOyz+yqxKDiY7
-----END PRIVATE KEY-----
-----BEGIN CERTIFICATE-----
MIIBmjCCAUGgAwIBAgIUaoOycNR9Y1grbfizWdehrybD6OEwCgYIKoZIzj0EAwIw
FDESMBAGA1UEAwwJbG9jYWxob3N0MCAXDTI2MTEyMzIzMTM0NFoYDzIxMjYxMDMw
MjMxMzQ0WjAUMRIwEAYDVQQDDAlsb2NhbGhvc3QwWTATBgcqhkjOPQIBBggqhkjO
PQMBBwNCAATtZlkX59XzuWLZi3iqYW57SXlJgA8lrKPAfZdX47RAjKyiCqky8A6R
NDgQvEIKvz87ER77f7nuOyz+yqxKDiY7o28wbTAdBgNVHQ4EFgQUSnYrBd95vbPL
8L3vk//nxvsyGDIwHwYDVR0jBBgwFoAUSnYrBd95vbPL8L3vk//nxvsyGDIwDwYD
VR0TAQH/BAUwAwEB/zAaBgNVHREEEzARgglsb2NhbGhvc3SHBH8AAAEwCgYIKoZI
zj0EAwIDRwAwRAIgOjAfk1W9mm+mMKmKLYsz94MFDoOKftA0245Z+wvY17MCIGpt
vOGXD3AeDqD4oK9oe80m+EBVauZCyVczCMlod/64
-----END CERTIFICATE-----
"""


@cache
def self_signed() -> ssl.SSLContext:
    """Return the context of a server with this certificate."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    with tempfile.NamedTemporaryFile("w", suffix=".pem") as file:
        file.write(SELF_SIGNED)
        file.flush()
        context.load_cert_chain(file.name)
    return context


@cache
def trusting() -> ssl.SSLContext:
    """Return the context of a client that trusts it."""
    return ssl.create_default_context(cadata=SELF_SIGNED[SELF_SIGNED.index("-----BEGIN CERT") :])
