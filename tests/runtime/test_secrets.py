"""Secrets are masked."""

from __future__ import annotations

import base64
import json
from urllib.parse import quote, quote_plus
from xml.sax.saxutils import escape

import msgspec
import pytest
from duckflux.runtime.secrets import Secrets


@pytest.mark.parametrize(
    "name",
    [
        "TOKEN",
        "GITHUB_TOKEN",
        "API_KEY",
        "apiKey",
        "DB_PASSWORD",
        "AWS_SECRET_ACCESS_KEY",
        "npm_token",
        "MY_SECRET",
        "DB_PASS",
        "SMTP_PASS",
        "MYSQL_PWD",
        "OPENAI_KEY",
        "STRIPE_KEY",
        "PGPASSWORD",
        "SSHPASS",
        "SLACK_WEBHOOK_URL",
    ],
)
def test_names_that_look_secret(name):
    assert Secrets({name: "s3cr3t-value"}).mask("a s3cr3t-value b") == "a *** b"


@pytest.mark.parametrize(
    "name",
    [
        "PATH",
        "PWD",
        "HOME",
        "KEYBOARD",
        "SSH_AUTH_SOCK",
        "MONKEY",
        "TOKENIZERS_PARALLELISM",
        "OLDPWD",
        "SSH_PUBLIC_KEY",
        "COMPASS",
    ],
)
def test_names_that_do_not(name):
    assert Secrets({name: "some-value"}).mask("some-value") == "some-value"


def test_short_values_are_left():
    assert Secrets({"TOKEN": "12345"}).mask("12345") == "12345"


def test_the_longest_secret_wins():
    secrets = Secrets({"A_TOKEN": "abcdef", "B_TOKEN": "abcdefgh"})
    assert secrets.mask("abcdefgh abcdef") == "*** ***"


def test_values_keys_and_numbers_are_masked():
    secrets = Secrets({"TOKEN": "123456"})
    assert secrets.mask_value({"k123456": ["x123456", 123456, 5, True, None]}) == {
        "k***": ["x***", "***", 5, True, None]
    }


@pytest.mark.parametrize(
    "secret", ['with"quote', "with\\backslash", "with\ttab", "ümlaut-ß", "two\nlines here"]
)
def test_secrets_are_found_in_json(secret):
    secrets = Secrets({"TOKEN": secret})
    assert secrets.occur_in(msgspec.json.encode({"a": f"<{secret}>"}))
    assert secret not in secrets.mask(f"<{secret}>")


def test_each_line_of_a_secret_is_one():
    secrets = Secrets({"PRIVATE_KEY": "-----BEGIN\nabcdefghijk\n"})
    assert secrets.mask("abcdefghijk") == "***"


def test_a_variable_that_a_step_gets_is_one(flow):
    secrets = Secrets()
    flow("""flow: [{type: exec, input: {MY_TOKEN: "'very-secret'"}, run: 'true'}]""", secrets=secrets)
    assert secrets.mask("very-secret") == "***"


def test_a_chained_map_holds_secrets_too(flow):
    secrets = Secrets()
    flow(
        """
        flow:
          - {type: exec, run: 'echo "{\\"api_token\\": \\"very-secret\\"}"'}
          - {type: exec, run: 'true'}
        """,
        secrets=secrets,
    )
    assert secrets.mask("very-secret") == "***"


@pytest.mark.parametrize(
    "value",
    [
        "postgres://u:dbpass99@h/db",
        "https://dbpass99-dbpass99-x@github.com/a/b",
        "Server=h;Password=dbpass99;Pooling=true",
        "host=h password=dbpass99",
    ],
)
def test_passwords_in_addresses(value):
    assert "dbpass99" not in Secrets({"ANY_NAME": value}).mask(value)


def test_a_percent_encoded_password_is_known_decoded_too():
    assert Secrets({"DATABASE_URL": "postgres://u:p%40ssword@h/db"}).mask("p@ssword") == "***"


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("GET http://user:hunter22@127.0.0.1:9/: no", "GET http://user:***@127.0.0.1:9/: no"),
        ("redis://:x@h and nats://a:b@c", "redis://:***@h and nats://a:***@c"),
        ("http://host:8080/a@b http://host:8080?m=a@b", "http://host:8080/a@b http://host:8080?m=a@b"),
        ("git@github.com:a/b ssh://git@h/p", "git@github.com:a/b ssh://git@h/p"),
    ],
)
def test_passwords_in_urls_are_masked_unasked(text, masked):
    assert Secrets().mask(text) == masked
    assert Secrets().occur_in(msgspec.json.encode(text)) == (text != masked)


SECRET = "p<ä&ss \"w'ord/+?"


@pytest.mark.parametrize(
    "encoded",
    [
        *(
            base64.b64encode(f"{'x' * shift}{SECRET}{end}".encode()).decode()
            for shift in range(4)
            for end in ("", "y", "yy")
        ),
        base64.urlsafe_b64encode(SECRET.encode()).decode(),
        quote(SECRET),
        quote(SECRET, safe=""),
        quote_plus(SECRET),
        json.dumps(SECRET),
        json.dumps(SECRET, ensure_ascii=False),
        escape(SECRET),
        escape(SECRET, {'"': "&quot;", "'": "&#39;"}),
    ],
)
def test_encoded_forms_are_masked(encoded):
    masked = Secrets({"TOKEN": SECRET}).mask(f"<{encoded}>")
    assert "***" in masked
    # At most the characters that also depend on what surrounds the secret are left.
    assert len(masked) - len("<***>") <= 10
    assert Secrets({"TOKEN": SECRET}).occur_in(msgspec.json.encode(encoded))


@pytest.mark.parametrize("length", range(1_990, 2_010))
def test_errors_are_masked_before_they_are_cut(flow, length):
    secrets = Secrets({"TOKEN": "first-part-last-part"})
    ran = flow(
        f"""flow: [{{type: exec, run: 'printf first-part-last-part%0{length}d 0 >&2; exit 1'}}]""",
        secrets=secrets,
    )
    assert "part" not in ran.error.message
    assert "part" not in (ran.error.stderr or "")
