"""Events through real servers, in this process."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import pytest
from duckflux.runtime import extras
from duckflux.runtime.hubs import Hub, HubError
from duckflux.runtime.hubs.backends import backend

from .conftest import Server, needs

SECONDS = 60
TEN_THOUSAND = 10_000


def ignore(warning: str) -> None:
    pass


async def payloads(hub: Hub, event: str, count: int) -> list[object]:
    """The first `count` payloads of an event."""
    try:
        async with asyncio.timeout(SECONDS):
            await hub.subscribe(event)
            await hub.log.wait_for_more(event, count - 1)
    except TimeoutError:
        came = [arrival.payload for arrival in hub.log.since(event, 0)]
        pytest.fail(
            f"{len(came)} of {count} came, the last are {came[-3:]}; trouble: {hub.unreachable_reason}"
        )
    return [arrival.payload for arrival in hub.log.since(event, 0)]


def test_two_runs_hear_each_other_and_themselves(server):
    async def main():
        one, two = await server.hub(ignore), await server.hub(ignore)
        await one.publish("both.ways", {"from": "one"})
        await two.publish("both.ways", {"from": "two"})
        expected = [{"from": "one"}, {"from": "two"}]
        assert await payloads(one, "both.ways", 2) == expected
        assert await payloads(two, "both.ways", 2) == expected
        await one.close()
        await two.close()

    asyncio.run(main())


def test_a_run_hears_nothing_that_was_published_before_it_began(server):
    async def main():
        earlier = await server.hub(ignore)
        await earlier.publish("old", 1)
        hub = await server.hub(ignore)
        await earlier.publish("old", 2)
        assert await payloads(hub, "old", 1) == [2]
        await earlier.close()
        await hub.close()

    asyncio.run(main())


def test_events_are_heard_also_from_before_anybody_asked_for_them(server):
    async def main():
        hub = await server.hub(ignore)
        await hub.publish("first", 1)
        await hub.publish("later", 2)
        assert await payloads(hub, "first", 1) == [1]
        await hub.publish("first", 3)
        assert await payloads(hub, "first", 2) == [1, 3]
        assert await payloads(hub, "later", 1) == [2]
        await hub.publish("later", 4)
        assert await payloads(hub, "later", 2) == [2, 4]
        await hub.close()

    asyncio.run(main())


@pytest.mark.parametrize(
    "event", ["a", "a.b.c", "a..b", ".", "with space", "*", "build > test", "%2E", "Größe", "x/y", "\n"]
)
def test_any_name_will_do_for_an_event(server, event):
    async def main():
        hub = await server.hub(ignore)
        await hub.publish(event + event, "another")
        await hub.publish(event, "this")
        assert await payloads(hub, event, 1) == ["this"]
        await hub.close()

    asyncio.run(main())


def test_payloads_come_as_they_went(server):
    async def main():
        hub = await server.hub(ignore)
        sent = [
            None,
            True,
            0,
            -1.5,
            2**60,
            "",
            "text",
            'a "quoted" \n ünicode',
            [],
            [1, [2]],
            {},
            {"a": {"b": None}},
        ]
        for payload in sent:
            await hub.publish("kinds", payload)
        assert await payloads(hub, "kinds", len(sent)) == sent
        await hub.close()

    asyncio.run(main())


def test_ten_thousand_events_come_in_order(server):
    async def main():
        sender, receiver = await server.hub(ignore), await server.hub(ignore)
        await receiver.subscribe("many")
        for number in range(TEN_THOUSAND):
            await sender.publish("many", number)
        assert await payloads(receiver, "many", TEN_THOUSAND) == list(range(TEN_THOUSAND))
        await sender.close()
        await receiver.close()

    asyncio.run(main())


def test_nothing_confirmed_is_lost_when_the_server_is_killed_under_load(own_server):
    warnings: list[str] = []

    async def main():
        sender, receiver = await own_server.hub(warnings.append), await own_server.hub(ignore)
        await receiver.subscribe("load")
        confirmed: list[int] = []

        async def send():
            for number in range(3000):
                await sender.publish("load", number)
                confirmed.append(number)

        async with asyncio.timeout(SECONDS):
            sending = asyncio.create_task(send())
            for after in (500, 1500):
                while len(confirmed) < after:  # noqa: ASYNC110 - no event tells
                    await asyncio.sleep(0.005)
                own_server.kill()
                while sender.unreachable_reason is None:  # noqa: ASYNC110
                    await asyncio.sleep(0.005)
                await asyncio.to_thread(own_server.start)
            await sending
        assert await payloads(receiver, "load", 3000) == list(range(3000))
        late = await payloads(sender, "load", 3000)
        assert late == list(range(3000))
        await sender.close()
        await receiver.close()

    asyncio.run(main())
    name = f"{own_server.kind} at {own_server.address}"
    assert [warning.startswith(f"{name} can't be reached (") for warning in warnings[:4]] == [True, False] * 2
    assert warnings[1] == warnings[3] == f"{name} can be reached again"


def test_a_connection_that_the_library_gave_up_is_made_anew(server):
    async def main():
        hub = await server.hub(ignore)
        await hub.subscribe("again")
        await hub.publish("again", 1)
        assert await payloads(hub, "again", 1) == [1]
        await (hub._client.close() if server.kind == "nats" else hub._client.aclose())
        await hub.publish("again", 2)
        assert await payloads(hub, "again", 2) == [1, 2]
        await hub.close()

    asyncio.run(main())


def refusal(connect: Callable[..., Awaitable[Hub]]) -> str:
    with pytest.raises(HubError) as error:
        asyncio.run(connect(ignore))
    return str(error.value)


@pytest.mark.parametrize(
    ("name", "options", "address"),
    [
        ("redis", {"addr": "redis://me:s3cret@127.0.0.1:1"}, "redis at 127.0.0.1:1"),
        ("nats", {"url": "nats://me:s3cret@127.0.0.1:1"}, "nats at 127.0.0.1:1"),
    ],
)
def test_a_server_that_is_away_is_named_without_its_password(name, options, address):
    pytest.importorskip(name)
    assert refusal(backend(name, options)) == f"{address} can't be reached: Connection refused"


@pytest.mark.parametrize(
    ("name", "options", "words"),
    [
        ("memory", {"addr": "x"}, "unknown option 'addr'"),
        ("redis", {"url": "x"}, "unknown option 'url'"),
        ("redis", {"addr": "http://x"}, "invalid --redis-addr: use HOST:PORT"),
        ("redis", {"addr": "host:port"}, "invalid --redis-addr: use HOST:PORT"),
        ("redis", {"db": "first"}, "invalid --redis-db first: use a number"),
        ("nats", {}, "needs a --nats-url"),
        ("nats", {"url": "http://x"}, "invalid --nats-url: use a URL"),
        ("nats", {"url": "nats://x", "stream": "a b"}, "invalid --nats-stream 'a b'"),
        ("rabbit", {}, "unknown event backend 'rabbit': use one of memory, nats, redis"),
    ],
)
def test_wrong_options_are_refused(name, options, words):
    with pytest.raises(HubError, match=words):
        backend(name, options)


def test_an_event_that_the_server_never_takes_is_an_error(own_server):
    async def main():
        hub = await own_server.hub(ignore)
        if own_server.kind == "redis":
            await own_server.take_the_stream()
        with pytest.raises(HubError) as error:
            await hub.publish("large", "x" * 2_000_000)
        await hub.close()
        return str(error.value)

    why = {
        "nats": "it has 2000002 bytes, the server takes 1048576",
        "redis": "WRONGTYPE Operation against a key holding the wrong kind of value",
    }[own_server.kind]
    expected = f"{own_server.kind} at {own_server.address} refuses the event: {why}"
    assert asyncio.run(main()) == expected


def test_a_stream_that_is_somebody_elses_is_refused(own_server):
    asyncio.run(own_server.take_the_stream())
    why = {
        "nats": ": stream 'duckflux-events' does not accept the subjects duckflux-events.>",
        "redis": " refuses: WRONGTYPE Operation against a key holding the wrong kind of value",
    }[own_server.kind]
    assert refusal(own_server.hub) == f"{own_server.kind} at {own_server.address}{why}"


def test_a_nats_server_without_jetstream_is_refused(tmp_path):
    needs("nats")
    server = Server("nats", tmp_path, jetstream=False)
    server.start()
    try:
        assert refusal(server.hub).endswith("does not have JetStream enabled: start it with nats-server -js")
    finally:
        server.kill()


@pytest.mark.parametrize("name", ["nats", "redis"])
def test_a_missing_library_says_what_to_install(name, monkeypatch):
    monkeypatch.setattr(extras, "find_spec", lambda module: None)
    with pytest.raises(HubError) as error:
        backend(name, {})
    assert str(error.value) == f"the event backend {name} needs {name}: pip install 'duckflux-ls[{name}]'"


def test_runs_of_one_process_share_a_bus():
    from duckflux.runtime.hubs.memory import Bus

    async def main():
        bus = Bus()
        one = await bus(ignore)
        await one.publish("e", 1)
        two = await bus(ignore)
        await two.publish("e", 2)
        assert await payloads(one, "e", 2) == [1, 2]
        assert await payloads(two, "e", 1) == [2]
        await two.close()
        await one.publish("e", 3)
        assert [arrival.payload for arrival in two.log.since("e", 0)] == [2]

    asyncio.run(main())
