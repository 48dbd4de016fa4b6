"""Each format as its makers write it, known by its content, and what is wrong in it counted and listed."""

import base64
import codecs
import json
import random
import sqlite3
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from amparo.domain.digest import Algorithm
from amparo.domain.hash_set import EMPTY_FILE, Flag, SetKind, SetUnreadable
from amparo.matching import entry_table
from amparo.matching.formats import BUILTIN
from amparo.matching.formats.source_file import LONGEST_LINE, SourceFile
from amparo.matching.known_set import UNLISTED, digest_array
from amparo.matching.set_builder import FEW_HASHES, NEAR
from amparo.matching.set_record import SIZES
from contracts.known_sets import Opened, written
from contracts.set_files import (
    CAID,
    ICSE_HEADER,
    PHOTODNA,
    VICS_13,
    Filter,
    digests,
    icse,
    ncmec,
    nsrl_database,
    nsrl_text,
    pdq,
    threat_exchange,
    vics,
    vics_cases,
    vics_record,
)


def found(opened: Opened, numbers: range) -> bool:
    """Whether the set knows the MD5 of each of these files, and none of others."""
    asked = digest_array((digests(number).md5 for number in numbers), 16)
    others = digest_array((digests(number, "other").md5 for number in numbers), 16)
    hit = opened.known.look_up(Algorithm.MD5, asked)
    return hit[:, 0].tolist() == list(range(len(numbers))) and not len(opened.known.look_up(Algorithm.MD5, others))


# VICS and CAID


@pytest.mark.parametrize(
    ("text", "named"),
    [
        (vics(map(vics_record, range(20))), "VICS 2.0"),
        (vics(map(vics_record, range(20)), indent=4), "VICS 2.0"),
        (vics(map(vics_record, range(20)), VICS_13, key="odata.metadata"), "VICS 1.3"),
        (vics(map(vics_record, range(20)), CAID, key="odata.metadata"), "VICS 1.2"),
        (vics_cases([vics_record(number) for number in range(20)]), "VICS 2.0"),
        (json.dumps([vics_record(number) for number in range(20)]), "VICS"),
    ],
)
def test_vics(text: str, named: str, tmp_path: Path) -> None:
    for place, raw in enumerate(
        (
            text.encode(),
            codecs.BOM_UTF8 + text.encode(),
            codecs.BOM_UTF16_LE + text.encode("utf-16-le"),
            text.encode("utf-16-be"),
        )
    ):
        opened = Opened(written(tmp_path / f"{place}.txt", raw))
        assert (opened.made.format, opened.told) == (named, [])
        assert (opened.counts.records, opened.counts.entries) == (20, 20)
        assert opened.counts.digests == {"sha1": 20, "md5": 20}
        assert found(opened, range(20))
    entry = opened.entries[7]
    assert (entry.number, entry.record, entry.category, entry.identifier) == (7, 8, "1", "7")
    assert entry.digests == {"md5": digests(7).md5, "sha1": digests(7).sha1}


def test_what_a_vics_record_states(tmp_path: Path) -> None:
    records = [
        vics_record(1, VictimIdentified="True", OffenderIdentified=True, IsDistributed="false", IsSuspected=False),
        vics_record(2, Series="a series, é", Tags="a; b", SelfGenerated=1, PhotoDNA=PHOTODNA),
        vics_record(3, AlternativeHashes=[{"HashName": "PDQ", "HashValue": pdq(3).hex()}]),
        vics_record(4, AlternativeHashes=[{"HashName": "PhotoDNA", "HashValue": PHOTODNA}, {"HashValue": "x"}]),
        vics_record(5, AlternativeHashes=[{"HashName": "SHA256", "HashValue": digests(5).sha256.hex()}], MD5=None),
        {"mediaid": "a-6", "category": "2", "md5": base64.b64encode(digests(6).md5).decode()},
        vics_record(7, Tags=["a", "b"], Category=None, MediaID=None, SHA1=""),
    ]
    opened = Opened(written(tmp_path / "a", vics(records)))
    one, two, three, _, five, six, seven = opened.entries
    assert one.flags == Flag.VICTIM_IDENTIFIED | Flag.OFFENDER_IDENTIFIED
    assert one.flags.names() == ["victim identified", "offender identified"]
    assert (two.series, two.tags, two.flags) == ("a series, é", "a; b", Flag.SELF_GENERATED)
    assert (three.pdq, three.pdq_quality) == (pdq(3), None)
    assert five.digests == {"sha256": digests(5).sha256, "sha1": digests(5).sha1}
    assert (six.identifier, six.category, six.digests) == ("a-6", "2", {"md5": digests(6).md5})
    assert (seven.tags, seven.category, seven.identifier) == ("a, b", "", "")
    assert opened.counts.unused == {"photodna": 2, "without a name": 1}
    assert opened.told == []
    assert opened.known.near(digest_array([pdq(3)], 32), 31).tolist() == [[0, 2, 0]]


def test_what_is_wrong_in_a_vics_record(tmp_path: Path) -> None:
    records = [
        vics_record(1, MD5="A" * 31),
        vics_record(2, MD5="x" * 32, SHA1=12),
        vics_record(3, VictimIdentified="perhaps"),
        vics_record(1),
        vics_record(5, MD5=EMPTY_FILE.md5.hex(), SHA1=EMPTY_FILE.sha1.hex()),
        vics_record(6, MD5=EMPTY_FILE.md5.hex().upper()),
        {"MediaID": 7, "Category": 1, "PhotoDNA": PHOTODNA},
        vics_record(
            8,
            AlternativeHashes=[{"HashName": "MD5", "HashValue": "0" * 32}, "x", {"HashName": "PDQ", "HashValue": "1"}],
        ),
        vics_record(9, Category="c" * 100),
        vics_record(10, Series="s" * 5000, MediaID="a"),
        vics_record(11, MediaID="a"),
        "a text",
    ]
    opened = Opened(written(tmp_path / "a", vics(records)))
    assert sorted(opened.told) == [
        (1, "digest"), (2, "digest"), (2, "digest"), (2, "nothing"), (3, "flag"), (4, "duplicate"), (7, "nothing"),
        (8, "digest"), (8, "digest"), (8, "digest"), (9, "category"), (10, "text"), (11, "duplicate"),
        (12, "malformed"),
    ]  # fmt: skip
    assert (opened.counts.records, opened.counts.entries, opened.counts.empty) == (12, 8, 3)
    assert opened.counts.problems == {
        "digest": 6, "nothing": 2, "flag": 1, "duplicate": 2, "category": 1, "text": 1, "malformed": 1,
    }  # fmt: skip
    assert opened.counts.repeated == {"sha1": 1}
    assert [entry.record for entry in opened.entries] == [1, 3, 4, 6, 8, 9, 10, 11]
    assert "31" in opened.problems[0].reason
    assert opened.counts.complete


def test_a_set_of_other_bytes_than_its_encoding(tmp_path: Path) -> None:
    raw = vics([vics_record(1, Series="a é"), vics_record(2, Series="a é", Name="é")]).encode("latin-1")
    opened = Opened(written(tmp_path / "a", raw))
    assert opened.told == [(1, "encoding"), (2, "encoding")]
    assert found(opened, range(1, 3))
    opened = Opened(written(tmp_path / "c", b"md5,category\n" + digests(1).md5.hex().encode() + b",a\x80\n"))
    assert (opened.told, opened.entries[0].category) == ([(2, "encoding")], "a?")
    opened = Opened(written(tmp_path / "b", vics(map(vics_record, range(3)))[:-40]))
    assert not opened.counts.complete
    assert opened.told[-1][1] == "cut"


def test_categories_have_the_meaning_of_the_vocabulary(tmp_path: Path) -> None:
    path = written(tmp_path / "a", vics(vics_record(number) for number in range(6)))
    old, new = Opened(path), Opened(path, vocabulary="vics-new")
    assert (old.made.vocabulary.name, new.made.vocabulary.name) == ("vics-us", "vics-new")
    assert (old.entries[0].meaning, old.entries[5].meaning) == ("not categorised", "not pertinent")
    assert (new.entries[0].meaning, new.entries[5].meaning) == ("not pertinent", "not categorised")
    assert old.made.vocabulary.doubts(old.known.categories()) == ["0", "5"]
    own = {"version": 1, "about": "Ours.", "categories": {"3": "three"}}
    written(tmp_path / "ours.json", json.dumps(own))
    assert Opened(path, vocabulary=str(tmp_path / "ours.json")).entries[3].meaning == "three"
    elsewhere = Opened(written(tmp_path / "c", vics([vics_record(1)], VICS_13.replace("1.3.xml", "2.0.xml/XX"))))
    assert (elsewhere.entries[0].category, elsewhere.entries[0].meaning) == ("1", "")
    for text in ("[]", "{", '{"version": 2}', '{"version": 1, "about": "", "categories": []}'):
        written(tmp_path / "ours.json", text)
        with pytest.raises(SetUnreadable, match="vocabulary"):
            Opened(path, vocabulary=str(tmp_path / "ours.json"))
    with pytest.raises(SetUnreadable, match="vics-new"):
        Opened(path, vocabulary="none")


# NSRL


def test_nsrl_text(tmp_path: Path) -> None:
    text = (
        nsrl_text(range(50), copies=3)
        + '"0123","x"\r\n'
        + '"half'
        + "\r\n"
        + nsrl_text(range(50, 60)).partition("\n")[2]
    )
    opened = Opened(written(tmp_path / "a", text, "latin-1"))
    assert (opened.made.format, opened.made.kind) == ("NSRL RDS 2", SetKind.KNOWN_GOOD)
    assert found(opened, range(60))
    assert opened.told == [(152, "malformed"), (153, "malformed")]
    assert (opened.counts.records, opened.counts.entries) == (162, 60)
    assert opened.counts.unused == {"record with the digests of the one before": 100}


@pytest.mark.parametrize("table", ["FILE", "METADATA", "file"])
def test_nsrl_database(table: str, tmp_path: Path) -> None:
    path = nsrl_database(tmp_path / "RDS.db", range(40), table)
    with sqlite3.connect(path) as connection:
        connection.execute(f"INSERT INTO {table} VALUES ('x', NULL, '', 'a', 1)")
        connection.execute(f"CREATE VIEW DISTINCT_HASH AS SELECT sha1 FROM {table}")
    connection.close()
    opened = Opened(path)
    assert (opened.made.format, opened.made.kind) == ("NSRL RDS 3", SetKind.KNOWN_GOOD)
    assert found(opened, range(40))
    assert opened.told == [(41, "digest"), (41, "nothing")]
    assert opened.counts.digests == {"sha256": 40, "sha1": 40, "md5": 40}
    assert [entry.name for entry in tmp_path.iterdir() if entry.name.startswith("RDS")] == ["RDS.db"]


def test_a_view_of_an_nsrl_database_is_read_where_there_is_no_table(tmp_path: Path) -> None:
    path = nsrl_database(tmp_path / "a", range(5), "OBJECTS")
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE VIEW FILE AS SELECT * FROM OBJECTS")
    connection.close()
    assert found(Opened(path), range(5))


@pytest.mark.parametrize(
    "statements",
    [
        ["CREATE TABLE other (a)"],
        ["CREATE TABLE FILE (name TEXT)"],
        ["CREATE VIEW FILE AS WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) SELECT x AS md5 FROM n"],
        ["CREATE VIEW FILE AS SELECT hex(randomblob(16)) AS md5"],
        ["CREATE VIRTUAL TABLE FILE USING fts5(md5)"],
        ["CREATE VIEW FILE AS SELECT load_extension('x') AS md5"],
    ],
)
def test_a_hostile_database_runs_nothing(statements: list[str], tmp_path: Path) -> None:
    connection = sqlite3.connect(tmp_path / "a")
    for statement in statements:
        connection.execute(statement)
    connection.commit()
    connection.close()
    with pytest.raises(SetUnreadable):
        Opened(tmp_path / "a")


def test_a_damaged_database_says_what_is_lost(tmp_path: Path) -> None:
    path = nsrl_database(tmp_path / "a", range(3000))
    raw = path.read_bytes()
    opened = Opened(written(tmp_path / "b", raw[: len(raw) * 2 // 3] + b"\xff" * (len(raw) - len(raw) * 2 // 3)))
    assert not opened.counts.complete
    assert 0 < opened.counts.entries < 3000
    for length in (16, 100, 4096):
        with pytest.raises(SetUnreadable):
            Opened(written(tmp_path / f"c{length}", raw[:length]))


# ICSE, NCMEC, ThreatExchange


def test_icse(tmp_path: Path) -> None:
    opened = Opened(written(tmp_path / "a", codecs.BOM_UTF8 + icse(range(1, 9)).encode() + b"short;row\n"))
    assert opened.made.format == "ICSE"
    assert found(opened, range(1, 9))
    assert opened.told == [(10, "malformed")]
    entry = opened.entries[0]
    assert (entry.identifier, entry.series, entry.meaning) == ("1", "a series", "baseline")
    assert entry.flags == Flag.DISTRIBUTED | Flag.VICTIM_IDENTIFIED
    assert opened.counts.unused == {"photodna": 8}
    assert ICSE_HEADER.startswith("MD5;")


def test_ncmec(tmp_path: Path) -> None:
    opened = Opened(written(tmp_path / "a", ncmec(range(6), deleted=[4, 99], videos=[6, 7])))
    assert opened.made.format == "NCMEC hash sharing 2"
    assert found(opened, range(4))
    assert not found(opened, range(4, 5))
    assert opened.told == [(5, "withdrawn"), (7, "withdrawn"), (8, "withdrawn")]
    assert (opened.counts.records, opened.counts.entries) == (10, 7)
    assert opened.counts.unused == {"photodna": 7}
    first, *_, last = opened.entries
    assert (first.identifier, first.tags, first.category) == ("42/image0", "image", "A1")
    assert first.meaning == "prepubescent child, sexual act"
    assert (last.identifier, last.tags) == ("42/video7", "video")


def test_a_broken_ncmec_file(tmp_path: Path) -> None:
    text = ncmec(range(40))
    opened = Opened(written(tmp_path / "a", text[: len(text) // 2]))
    assert opened.told[-1][1] == "cut"
    assert 10 < opened.counts.entries < 30
    assert found(Opened(written(tmp_path / "b", text.encode().replace(b"A member", b"A m\xe9mber"))), range(40))
    bomb = '<!DOCTYPE a [<!ENTITY a "a">]>' + text.partition("\n")[2]
    with pytest.raises(SetUnreadable, match="entities"):
        Opened(written(tmp_path / "c", bomb))


def test_threat_exchange(tmp_path: Path) -> None:
    md5, sha256 = digests(1).md5.hex(), [digests(number).sha256.hex() for number in range(9)]
    opened = Opened(written(tmp_path / "a", threat_exchange([md5, *sha256, "not a hash", "a.example"])))
    assert opened.made.format == "ThreatExchange CSV"
    assert opened.counts.digests == {"sha256": 9, "md5": 1}
    assert opened.told == [(12, "malformed"), (13, "malformed")]
    assert (opened.entries[0].category, opened.entries[0].tags) == ("MALICIOUS", "media;benign")
    opened = Opened(written(tmp_path / "b", threat_exchange(pdq(number).hex() for number in range(9))))
    assert opened.counts.digests == {"pdq": 9}
    typed = (
        f"id,raw_indicator,type,status\n1,{pdq(1).hex()},HASH_PDQ,MALICIOUS\n2,a.example,DOMAIN,\n3,{md5},HASH_MD5,\n"
    )
    opened = Opened(written(tmp_path / "c", typed))
    assert (opened.counts.digests, opened.counts.unused) == ({"md5": 1, "pdq": 1}, {"domain": 1})


# Lists and CSV


@pytest.mark.parametrize(
    "line",
    [
        "{md5}",
        "  {md5}  ",
        "{md5}  a name.jpg",
        "{md5} *a name.jpg",
        "\\{md5}  a\\nname.jpg",
        "MD5 (a name (1).jpg) = {md5}",
        "md5:{md5}",
        "{md5},a name",
        '"{md5}"',
        "0x{md5}",
    ],
)
def test_lists(line: str, tmp_path: Path) -> None:
    lines = [line.format(md5=digests(number).md5.hex()) for number in range(10)]
    upper = [line.format(md5=digests(number).md5.hex().upper()) for number in range(10, 20)]
    text = "\n".join(["# a remark", "", *lines, "nonsense", *upper])
    opened = Opened(written(tmp_path / "a", text))
    assert opened.made.format == "list"
    assert found(opened, range(20))
    assert opened.told == [(13, "malformed")]
    assert opened.entries[0].record == 3


def test_64_digits_are_told_apart_by_their_bits(tmp_path: Path) -> None:
    sha256 = "\n".join(digests(number).sha256.hex() for number in range(30))
    hashes = "\n".join(pdq(number).hex() for number in range(30))
    assert Opened(written(tmp_path / "a", sha256)).counts.digests == {"sha256": 30}
    opened = Opened(written(tmp_path / "b", hashes))
    assert opened.counts.digests == {"pdq": 30}
    assert opened.known.near(digest_array([pdq(5), bytes(32)], 32), 0).tolist() == [[0, 5, 0]]
    few = written(tmp_path / "c", pdq(1).hex())
    with pytest.raises(SetUnreadable, match="--hash pdq"):
        Opened(few)
    assert Opened(few, hash_kind="pdq").counts.digests == {"pdq": 1}
    assert Opened(written(tmp_path / "d", f"sha256:{pdq(1).hex()}\npdq:{pdq(2).hex()}")).counts.digests == {
        "sha256": 1,
        "pdq": 1,
    }
    with pytest.raises(SetUnreadable, match="crc32"):
        Opened(few, hash_kind="crc32")


def test_the_field_lists_are_pdq(field: Path, tmp_path: Path) -> None:
    for name, count in (("haystack.txt", 1350), ("needles.txt", 100)):
        path = written(tmp_path / name, (field / "pdq" / name).read_bytes())
        assert Opened(path).counts.digests == {"pdq": count}


def test_csv_with_named_columns(tmp_path: Path) -> None:
    lines = ["Name;Digest;Kind;Hash"]
    lines += [f'"a;{n}";{digests(n).md5.hex()};{n % 2};{digests(n).sha256.hex()}' for n in range(8)]
    path = written(tmp_path / "a", "\n".join(lines))
    opened = Opened(path, columns={"md5": "digest", "sha256": "Hash", "category": "Kind", "id": "name"})
    assert found(opened, range(8))
    assert opened.counts.digests == {"sha256": 8, "md5": 8}
    assert (opened.entries[3].category, opened.entries[3].identifier) == ("1", "a;3")
    for columns, says in (
        ({"md5": "none"}, "has no column none"),
        ({"crc": "Hash"}, "not what a column can be"),
        ({"id": "Hash"}, "--column"),
    ):
        with pytest.raises(SetUnreadable, match=says):
            Opened(path, columns=columns)


def test_csv_that_names_its_columns(tmp_path: Path) -> None:
    text = "SHA-256,MD5,pdq,pdq_quality,category,flags\n"
    text += f"{digests(1).sha256.hex()},,{pdq(1).hex()},87,C,distributed; ;suspected\n,{digests(2).md5.hex()},,,,odd\n"
    opened = Opened(written(tmp_path / "a", text + f",,{pdq(3).hex()},200,,\n,,,,,\n"), vocabulary="uk")
    one, two, three = opened.entries
    assert (one.pdq_quality, one.meaning, two.pdq, three.pdq_quality) == (87, "category C", None, None)
    assert one.flags == Flag.DISTRIBUTED | Flag.SUSPECTED
    assert opened.told == [(3, "flag"), (4, "digest")]


def test_a_line_longer_than_any_record(tmp_path: Path) -> None:
    digest = [digests(number).md5.hex() for number in range(4)]
    text = "\n".join([digest[0], "x" * (3 * LONGEST_LINE), digest[1], digest[2] + " " + "y" * LONGEST_LINE, digest[3]])
    opened = Opened(written(tmp_path / "a", text))
    assert opened.told == [(2, "malformed"), (4, "malformed")]
    assert [entry.record for entry in opened.entries] == [1, 3, 5]


# Bloom filters


def test_a_bloom_filter(tmp_path: Path) -> None:
    known = [digests(number).sha1 for number in range(300)]
    raw = Filter().of((digest.hex().upper() for digest in known), attached=b"made of nothing")
    opened = Opened(written(tmp_path / "a", raw))
    assert (opened.made.format, opened.counts.digests) == ("Bloom filter", {"sha1": 300})
    asked = digest_array([*known, *(digests(number, "other").sha1 for number in range(300))], 20)
    assert opened.known.look_up(Algorithm.SHA1, asked).tolist() == [[number, UNLISTED] for number in range(300)]
    assert not len(opened.known.look_up(Algorithm.MD5, digest_array([digests(1).md5], 16)))
    assert (len(opened.known), opened.known.entry(0), len(opened.known.near(digest_array([pdq(1)], 32), 31))) == (
        0,
        None,
        0,
    )
    opened.known.verify()
    lower = Opened(written(tmp_path / "b", Filter().of(digests(n).sha256.hex() for n in range(9))), hash_kind="sha256")
    assert len(lower.known.look_up(Algorithm.SHA256, digest_array([digests(3).sha256], 32))) == 1
    with pytest.raises(SetUnreadable, match="near"):
        Opened(tmp_path / "a", hash_kind="pdq")


# Whatever it is


@pytest.mark.parametrize(
    ("raw", "says"),
    [
        (b"", "is empty"),
        (b"a text\nof some\nlines\n", "no format"),
        (b"name,size\na,1\n", "no format"),
        (b"\x1f\x8b\x08\0" + bytes(50), "compressed"),
        (b"PK\x03\x04" + bytes(50), "compressed"),
        (b"<?xml version='1.0'?><a/>", "no format"),
        (b'{"@odata.context": "x#Media", "value": []}', "nothing that can be compared"),
        (b'[{"MD5": "1234"}]', "has 4"),
        (b"d41d8cd98f00b204e9800998ecf8427e\n", "nothing that can be compared"),
        (Filter().of(["a"])[:-9], "no format"),
    ],
)
def test_what_is_no_set_is_refused(raw: bytes, says: str, tmp_path: Path) -> None:
    with pytest.raises(SetUnreadable, match=says):
        Opened(written(tmp_path / "a", raw))
    with pytest.raises(SetUnreadable, match="check the path"):
        Opened(tmp_path / "none")


def test_each_format_has_a_name_of_its_own_and_says_what_it_reads() -> None:
    assert len({known.name for known in BUILTIN}) == len(BUILTIN) == 8
    assert all(type(known).__doc__ for known in BUILTIN)


@settings(max_examples=60)
@given(st.data())
def test_damaged_files_give_entries_and_problems_or_a_refusal(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    folder = tmp_path_factory.mktemp("damaged")
    makers = [
        lambda: vics(vics_record(number, Tags="a") for number in range(5)).encode(),
        lambda: nsrl_text(range(5)).encode(),
        lambda: nsrl_database(folder / "made", range(5)).read_bytes(),
        lambda: icse(range(5)).encode(),
        lambda: ncmec(range(5), deleted=[1]).encode(),
        lambda: threat_exchange(digests(number).md5.hex() for number in range(5)).encode(),
        lambda: "\n".join(digests(number).sha1.hex() for number in range(5)).encode(),
        lambda: Filter(10).of(digests(number).sha1.hex().upper() for number in range(5)),
    ]
    raw = bytearray(data.draw(st.sampled_from(makers))())
    for _ in range(data.draw(st.integers(0, 6))):
        place = data.draw(st.integers(0, len(raw) - 1))
        raw[place : place + data.draw(st.integers(0, 3))] = data.draw(st.binary(max_size=3)) or b"\0"
    del raw[data.draw(st.integers(0, len(raw))) :]
    try:
        opened = Opened(written(folder / "a", bytes(raw)))
    except SetUnreadable:
        return
    opened.known.verify()
    assert len(opened.entries) == len(opened.known)


@settings(max_examples=60)
@given(st.binary(max_size=400))
def test_arbitrary_bytes(tmp_path_factory: pytest.TempPathFactory, raw: bytes) -> None:
    folder = tmp_path_factory.mktemp("arbitrary")
    starts = (b"", b"SQLite format 3\0", b'[{"MD5":', b"MD5,SHA1\n", b"<a x='hashsharing.ncmec.org/hashsharing/v2'>")
    for place, start in enumerate(starts):
        try:
            Opened(written(folder / str(place), start + raw))
        except SetUnreadable:
            continue


def test_many_records_in_several_batches(tmp_path: Path) -> None:
    order = random.Random(3).sample(range(20_000), 20_000)
    lines = (f"{digests(number).md5.hex()},{number if number % 3 else f'n{number}'},{number % 7}" for number in order)
    opened = Opened(written(tmp_path / "a", "md5,id,category\n" + "\n".join(lines)))
    assert found(opened, range(20_000))
    assert opened.told == []
    for place in (0, 8191, 8192, 19_999):
        entry = opened.known.entry(place)
        assert entry is not None
        number = order[place]
        assert (entry.digests["md5"], entry.category) == (digests(number).md5, str(number % 7))
        assert entry.identifier == (str(number) if number % 3 else f"n{number}")
    assert np.unique(opened.known.exact.entries(Algorithm.MD5)).tolist() == list(range(20_000))


def test_many_hashes_get_an_index(tmp_path: Path) -> None:
    hashes = np.random.default_rng(6).integers(0, 256, (FEW_HASHES + 1, 32), dtype=np.uint8)
    lines = (f"{digests(number).md5.hex()},{value.tobytes().hex()}" for number, value in enumerate(hashes))
    opened = Opened(written(tmp_path / "a", "md5,pdq\n" + "\n".join(["0" * 32 + ",", *lines])))
    assert NEAR in opened.made.built.files
    asked = hashes[:9] ^ np.uint8(3)
    found = opened.known.near(asked, 96)
    one_by_one = opened.known.perceptual.within(asked, 96)
    assert found[:, 1].tolist() == (one_by_one[:, 1] + 1).tolist()
    assert found[:, 2].tolist() == one_by_one[:, 2].tolist()
    assert [[query, query + 1, 64] for query in range(9)] == found[found[:, 2] == 64].tolist()
    assert np.array_equal(opened.known.near_one_by_one(asked, 96), found)
    opened.known.verify()


def test_few_hashes_are_compared_with_all_however_many_ask(tmp_path: Path) -> None:
    hashes = np.random.default_rng(7).integers(0, 256, (600, 32), dtype=np.uint8)
    lines = (f"{digests(number).md5.hex()},{value.tobytes().hex()}" for number, value in enumerate(hashes))
    known = Opened(written(tmp_path / "a", "md5,pdq\n" + "\n".join(["0" * 32 + ",", *lines]))).known
    asked = np.concatenate([hashes ^ np.uint8(1), hashes])
    many = known.near(asked, 100)
    assert len(asked) * len(hashes) > 500_000 > 100 * len(hashes)
    for at in range(0, len(asked), 100):
        few = known.near(asked[at : at + 100], 100)
        assert np.array_equal(few[:, 1:], many[(many[:, 0] >= at) & (many[:, 0] < at + 100)][:, 1:])
    assert np.array_equal(many, known.near_one_by_one(asked, 100))
    assert many[many[:, 2] == 0][:, :2].tolist() == [[600 + row, row + 1] for row in range(600)]


@pytest.mark.parametrize("identifier", ["", "0", "7", "007", "-1", "９", "9" * 18, "9" * 19, "a", -1, 0, 10**30])
def test_identifiers_come_back_as_they_were(identifier: str | int, tmp_path: Path) -> None:
    (entry,) = Opened(written(tmp_path / "a", vics([vics_record(1, MediaID=identifier)]))).entries
    assert entry.identifier == str(identifier)
    assert entry_table.identifier_code(identifier) < 2**64


def test_the_source_says_how_far_it_is_read(tmp_path: Path) -> None:
    path = written(tmp_path / "a", "é\n" * 100_000)
    source = SourceFile(path, chunk_bytes=1001)
    assert "".join(source.text()) == "é\n" * 100_000
    assert source.bytes_read == source.size_bytes == 300_000
    assert set(SIZES) == {"sha256", "sha1", "md5", "pdq"}
