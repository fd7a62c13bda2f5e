"""What `scripts/clients` says of other versions."""

from __future__ import annotations

from tests.clients.sdks.methods import reasons
from tests.clients.sdks.raising import changes


def test_methods_that_are_new_or_gone_are_told_by_name() -> None:
    before, after = ["Client.a", "Client.b"], ["Client.b", "Client.d", "Client.c"]
    told = ["  new:  Client.c", "  new:  Client.d", "  gone: Client.a"]
    assert list(changes(before, after)) == told


def test_what_is_not_called_has_a_reason_and_a_resource_is_named_once() -> None:
    names = [
        "Client.pullPrompt",
        "Client.sandboxes.create",
        "Client.sandboxes.list",
        "Client.close",
    ]
    nowhere, own = reasons(names, ["Client.readRun"]).items()
    assert nowhere[1] == ["pullPrompt", "sandboxes.*"]
    assert own[1] == ["close"]


def test_a_resource_of_which_a_method_is_called_is_not_named_as_a_whole() -> None:
    names = ["Langsmith.sessions.create", "Langsmith.sessions.delete", "Langsmith.sessions.list"]
    (others,) = reasons(names, ["Client.sessions.list"]).values()
    assert others == ["sessions.create", "sessions.delete"]
