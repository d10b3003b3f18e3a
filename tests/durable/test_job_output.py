"""What a job writes is shown while it is performed: each character once, with secrets masked."""

from __future__ import annotations

import asyncio

import pytest
from duckflux.durable import job_output
from duckflux.durable.job_output import JobOutput, PieceReader
from duckflux.durable.records import Piece
from duckflux.runtime.secrets import Secrets

SECRET = "correct-horse-battery"


class Screen:
    """Shows what a reader writes."""

    def __init__(self) -> None:
        self.texts: list[tuple[str, str]] = []
        self.reader = PieceReader(lambda stream, text: self.texts.append((stream, text)))

    @property
    def text(self) -> str:
        return "".join(text for _, text in self.texts)


class Store:
    """Takes pieces, and fails for as long as it is `down`; if `kept`, it fails after it took one."""

    def __init__(self) -> None:
        self.sent: list[str] = []
        self.down = False
        self.kept = False
        self.asked = asyncio.Event()

    async def send(self, text: str) -> None:
        if not self.down or self.kept:
            self.sent.append(text)
        self.asked.set()
        if self.down:
            raise ConnectionError("down")

    async def asked_again(self) -> None:
        self.asked.clear()
        await asyncio.wait_for(self.asked.wait(), 10)


@pytest.fixture(autouse=True)
def no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(job_output, "_SEND_SECONDS", 0.001)
    monkeypatch.setattr(job_output, "_MAX_PAUSE_SECONDS", 0.002)


def shown(store: Store, output: JobOutput) -> str:
    """What is shown of all that was sent, and of the rest that comes with the job's result."""
    screen = Screen()
    for text in store.sent:
        screen.reader.read(text)
    screen.reader.show(output.rest())
    return screen.text


@pytest.mark.asyncio
async def test_a_piece_is_sent_while_the_job_goes_on() -> None:
    store = Store()
    output = JobOutput(Secrets(), store.send)
    output.write("stdout", "one\n")
    await store.asked_again()
    output.write("stderr", "two\n")
    await store.asked_again()
    assert [Piece.decode(text).texts for text in store.sent] == [
        (("stdout", "one\n"),),
        (("stderr", "two\n"),),
    ]
    assert output.rest().texts == ()
    assert shown(store, output) == "one\ntwo\n"


@pytest.mark.asyncio
async def test_a_short_job_sends_nothing_but_its_result() -> None:
    store = Store()
    output = JobOutput(Secrets(), store.send)
    output.write("stdout", "one\n")
    output.stop()
    await asyncio.sleep(0.01)
    assert store.sent == []
    assert shown(store, output) == "one\n"


@pytest.mark.asyncio
@pytest.mark.parametrize("kept", [False, True])
async def test_a_store_that_fails_for_a_while_loses_nothing(kept: bool) -> None:
    store = Store()
    store.down, store.kept = True, kept
    output = JobOutput(Secrets(), store.send)
    output.write("stdout", "one\n")
    await store.asked_again()
    output.write("stdout", "two\n")
    await store.asked_again()
    store.down = False
    await store.asked_again()
    output.write("stdout", "three\n")
    output.stop()
    assert shown(store, output) == "one\ntwo\nthree\n"


@pytest.mark.asyncio
async def test_of_too_much_the_end_is_shown_and_what_is_missing_is_told() -> None:
    store = Store()
    store.down = True
    output = JobOutput(Secrets(), store.send)
    for number in range(10_000):
        output.write("stdout" if number % 2 else "stderr", f"{number:099}\n")
    output.stop()
    text = shown(store, output)
    length = 10_000 * 100 - 256 * 1024
    assert text.startswith(f"… {length:,} characters left out …\n")
    assert text.endswith(f"{9_999:099}\n")
    assert len(text.partition("…\n")[2]) == 256 * 1024


@pytest.mark.asyncio
async def test_a_piece_is_never_larger_than_64_kib() -> None:
    store = Store()
    output = JobOutput(Secrets(), store.send)
    written = "".join(f"{number:049}\n" for number in range(4_000))
    output.write("stdout", written)
    while len(store.sent) < 4:
        await store.asked_again()
    assert max(len(Piece.decode(text).texts[0][1]) for text in store.sent) == 64 * 1024
    assert shown(store, output) == written


def test_a_job_that_is_performed_again_is_shown_again() -> None:
    screen = Screen()
    for piece in (
        Piece("a", 0, (("stdout", "one\n"),)),
        Piece("a", 0, (("stdout", "one\n"), ("stderr", "two\n"))),
        Piece("b", 0, (("stdout", "one\n"),)),
    ):
        screen.reader.show(piece)
    assert screen.texts == [("stdout", "one\n"), ("stderr", "two\n"), ("stdout", "one\n")]


@pytest.mark.asyncio
@pytest.mark.parametrize("shift", range(len(SECRET) + 2))
async def test_no_part_of_a_secret_is_sent_wherever_it_is_cut(shift: int) -> None:
    """Cut by the program that writes, at the border of a piece, and where the begin is dropped."""
    secrets, store = Secrets(), Store()
    secrets.learn(SECRET)
    output = JobOutput(secrets, store.send)
    filler = "." * (64 * 1024 - shift)
    output.write("stdout", filler + SECRET[:shift])
    await asyncio.sleep(0.005)
    output.write("stdout", f"{SECRET[shift:]}\n{filler}{SECRET}\n")
    await asyncio.sleep(0.005)
    store.down = True
    for _ in range(5):
        output.write("stdout", f"{filler}{SECRET}\n")
    output.stop()
    everything = "".join((*store.sent, output.rest().encode()))
    for length in (6, 10, len(SECRET)):
        assert SECRET[:length] not in everything
        assert SECRET[-length:] not in everything
