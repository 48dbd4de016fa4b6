"""Messages and mailboxes: every part, every message, bit by bit."""

import mailbox
from email.message import EmailMessage, Message
from email.mime.application import MIMEApplication
from email.mime.multipart import MIMEMultipart
from email.mime.text import MIMEText
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from amparo.domain.errors import LimitReached, Unreadable
from amparo.domain.limits import Limits
from amparo.evidence.mail import _WINDOW_BYTES, Eml, Mbox
from contracts.container_format import ContainerFormatContract, MemoryStream, read_all
from contracts.pictures import colours, saved

JPEG = saved(colours(64, 96), "JPEG")


def message(
    subject: str = "The sea", attachment: str = "sea.jpg", *, inner: EmailMessage | None = None
) -> EmailMessage:
    made = EmailMessage()
    made["Message-ID"] = "<1@example.org>"
    made["From"], made["To"], made["Subject"] = "Ana <ana@example.org>", "ben@example.org", subject
    made["Date"] = "Thu, 26 Nov 2026 10:00:00 +0000"
    made.set_content("Look at this: æøå\n")
    made.add_alternative("<p>Look at this</p>", subtype="html")
    made.add_attachment(JPEG, maintype="image", subtype="jpeg", filename=attachment)
    if inner is not None:
        made.add_attachment(inner)
    return made


def parts(content: bytes) -> dict[str, bytes]:
    container = Eml().open(MemoryStream(content), limits=Limits())
    return {item.name: read_all(container, item) for item in container.items()}


class TestEml(ContainerFormatContract):
    @pytest.fixture
    def container_format(self) -> Eml:
        return Eml()

    @pytest.fixture
    def sample(self) -> bytes:
        return bytes(message())


class TestMbox(ContainerFormatContract):
    @pytest.fixture
    def container_format(self) -> Mbox:
        return Mbox()

    @pytest.fixture
    def sample(self, tmp_path: Path) -> bytes:
        return mbox(tmp_path, 3)


def mbox(folder: Path, count: int) -> bytes:
    box = mailbox.mbox(folder / "box")
    for number in range(count):
        box.add(message(f"Number {number}"))
    box.flush()
    box.close()
    return (folder / "box").read_bytes()


def test_text_and_attachments_are_items_in_their_order() -> None:
    inner = message("Inside", "inner.jpg")
    found = parts(bytes(message("Outside", "outer.jpg", inner=inner)))
    assert list(found) == ["01.txt", "02.html", "03-outer.jpg", "04.eml"]
    assert found["01.txt"].decode() == "Look at this: æøå\n"
    assert found["03-outer.jpg"] == JPEG
    assert parts(found["04.eml"])["03-inner.jpg"] == JPEG


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ("../../etc/pässwd", "03-.._.._etc_pässwd"),
        ("a\\b.jpg", "03-a_b.jpg"),
        ("x" * 300, "03-" + "x" * 255),
    ],
)
def test_names_of_attachments_are_decoded_and_lead_nowhere(given: str, shown: str) -> None:
    assert list(parts(bytes(message(attachment=given))))[2] == shown


def test_names_in_encoded_words_and_unknown_charsets() -> None:
    for name, shown in [("=?utf-8?B?w6Zib2UuanBn?=", "01-æboe.jpg"), ("=?no-such?Q?x=41.jpg?=", "01.bin")]:
        made = Message()
        made["MIME-Version"], made["From"] = "1.0", "x"
        made.add_header("Content-Type", "application/octet-stream")
        made.add_header("Content-Disposition", f'attachment; filename="{name}"')
        made.set_payload("content")
        assert list(parts(made.as_bytes())) == [shown]


def test_times_of_an_attachment_are_those_that_its_disposition_states() -> None:
    made = MIMEMultipart()
    made["From"] = "x"
    part = MIMEApplication(b"a")
    part.add_header(
        "Content-Disposition", "attachment", filename="a",
        **{"modification-date": "Thu, 26 Nov 2026 10:00:00 +0100", "creation-date": "nonsense"},
    )  # fmt: skip
    made.attach(part)
    made.attach(MIMEText("b"))
    first, second = Eml().open(MemoryStream(made.as_bytes()), limits=Limits()).items()
    assert (first.modified_ns, first.created_ns, second.modified_ns) == (1_795_683_600 * 10**9, None, None)


def test_a_message_of_apple_mail_has_its_length_before_it_and_other_things_after() -> None:
    content = bytes(message())
    apple = b"%-10d\n" % len(content) + content + b'<?xml version="1.0"?><plist></plist>'
    assert Eml().recognises(apple[:65536], len(apple))
    assert parts(apple) == parts(content)


@pytest.mark.parametrize(
    "text",
    [
        b"From: a\nTo: b\n\nonly common fields",
        b"Title: a\nDate: b\nReceived\n",
        b"Received: x\n\nalone",
        b"HTTP/1.1 200 OK\nDate: x\nContent-Type: text/html\n",
        b"12345 numbers\n",
    ],
)
def test_other_texts_are_no_messages(text: bytes) -> None:
    assert not Eml().recognises(text, len(text))


def test_a_message_nested_without_end_is_bounded() -> None:
    deep = b"".join(
        b'Content-Type: multipart/mixed; boundary="%d"\nMIME-Version: 1.0\n\n--%d\n' % (n, n) for n in range(3000)
    )
    content = b"From: x\n" + deep + b"\nend"
    try:
        container = Eml().open(MemoryStream(content), limits=Limits())
        assert len(list(container.items())) < 20
    except Unreadable:
        pass


def test_a_message_larger_than_what_is_held_in_memory_says_so() -> None:
    with pytest.raises(LimitReached):
        Eml().open(MemoryStream(bytes(message())), limits=Limits(in_memory_bytes=100))


def test_messages_of_a_mailbox_are_its_bytes_between_the_lines_that_begin_them(tmp_path: Path) -> None:
    content = mbox(tmp_path, 5)
    container = Mbox().open(MemoryStream(content), limits=Limits())
    items = list(container.items())
    assert len(items) == 5
    box = mailbox.mbox(tmp_path / "box")
    for number, item in enumerate(items):
        found = read_all(container, item)
        assert found.rstrip(b"\n") == box.get_bytes(number).rstrip(b"\n")
        assert Eml().recognises(found[:65536], len(found))
        assert parts(found)["03-sea.jpg"] == JPEG
    box.close()


def test_a_line_that_only_looks_like_a_beginning_is_none() -> None:
    line = b"From a@b Thu Nov 26 10:00:00 2026\n"
    first = line + b"Subject: x\nDate: y\n\nFrom here on it rains in 2026\n" + line
    second = b"\nFrom MAILER-DAEMON Thu Nov 26 10:00:00 2026\r\nSubject: y\r\n\r\nFrom now on\r\n"
    items = list(Mbox().open(MemoryStream(first + second), limits=Limits()).items())
    # The line of a first message that follows an empty line and has a year is taken for a beginning, as by all readers.
    assert [int(item.name.removesuffix(".eml")) for item in items] == [0, first.index(b"From here"), len(first) + 1]


@settings(max_examples=30)
@given(st.lists(st.integers(-700, 700), min_size=1, max_size=3))
def test_beginnings_are_found_wherever_the_windows_end(offsets: list[int]) -> None:
    line = b"From a@b Thu Nov 26 10:00:00 2026\n"
    content = bytearray(line + b"Subject: x\n\n")
    expected = [0]
    for number, offset in enumerate(sorted(offsets), 1):
        start = max(number * _WINDOW_BYTES + offset, len(content) + 2)
        content += b"." * (start - 2 - len(content)) + b"\n\n" + line
        expected.append(start)
    container = Mbox().open(MemoryStream(bytes(content)), limits=Limits())
    items = list(container.items())
    assert [int(item.name.removesuffix(".eml")) for item in items] == expected
    assert b"".join(line + read_all(container, item) for item in items) == bytes(content)
