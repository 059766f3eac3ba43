"""Which names of hosts are taken, and that no other reaches ssh's command line."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from replite.config.destination import Destination
from replite.config.measure import Device


@pytest.mark.parametrize(
    ("name", "host", "user", "port"),
    [
        ("pi-1.local", "pi-1.local", None, None),
        ("root@10.0.0.1:2222", "10.0.0.1", "root", 2222),
        ("me@corp@jump_1", "jump_1", "me@corp", None),
        ("ssh://me@jump:22", "jump", "me", 22),
        ("fe80::1%eth0", "fe80::1%eth0", None, None),
        ("me@::1", "::1", "me", None),
        ("[::ffff:1.2.3.4]:22", "::ffff:1.2.3.4", None, 22),
    ],
)
def test_names_are_read_as_ssh_does(name: str, host: str, user: str | None, port: int | None) -> None:
    assert Destination.parse(name) == Destination(host, user, port)


@given(st.text() | st.from_regex(r"-?[a-z@:\[\]$ ;`%-]*", fullmatch=True))
def test_what_is_taken_is_neither_an_option_nor_a_command(name: str) -> None:
    try:
        found = Destination.parse(name)
    except ValueError:
        return
    for part in (found.host, found.user or "user"):
        assert re.fullmatch(r"[A-Za-z0-9._:@%+-]+", part)
        assert not part.startswith("-")


@pytest.mark.parametrize("name", ["-oProxyCommand=id", "a b", "a;id", "$(id)", "pi\n", "", "pi:0", "pi:70000", "me@-x", "-me@pi"])
@pytest.mark.parametrize("key", ["ssh", "jump"])
def test_other_names_are_refused_in_the_configuration(name: str, key: str) -> None:
    with pytest.raises(ValidationError, match="is no host; give a name, an address"):
        Device(**{"ssh": "pi", key: name})


def test_several_jump_hosts_or_none_may_be_given() -> None:
    assert Device(ssh="pi", jump="me@one:22, two").jump == "me@one:22, two"
    assert Device(ssh="pi", jump="none").jump == "none"
    with pytest.raises(ValidationError, match="'-oX@host' is no host"):
        Device(ssh="pi", user="-oX")
