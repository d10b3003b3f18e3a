"""Secrets are masked."""

from __future__ import annotations

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
    ],
)
def test_names_that_look_secret(name):
    assert Secrets({name: "s3cr3t-value"}).mask("a s3cr3t-value b") == "a *** b"


@pytest.mark.parametrize(
    "name", ["PATH", "PWD", "HOME", "KEYBOARD", "SSH_AUTH_SOCK", "MONKEY", "TOKENIZERS_PARALLELISM"]
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
