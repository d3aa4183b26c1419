"""Test which forms are accepted, and how they are written."""

from __future__ import annotations

import io
import os
import tempfile
import uuid
from contextlib import ExitStack
from pathlib import Path
from typing import Any, BinaryIO, Final, cast

import pytest

from pipedrive_leads_async import FormFile, InvalidRequestError, Lead
from tests.http.body.form_parser import FormPart, parts_of
from tests.support.calls import client_of
from tests.support.raw_server import RawServer, success

PATH: Final = "/v1/files"
LEAD: Final = Lead(id="8ba414d0-8ad8-11ef-9e9e-07879dd74146", title="Big order")


class Number:
    """A number as NumPy has them."""

    def __index__(self) -> int:
        return 7


async def sent(form: Any) -> list[FormPart]:
    """Send a form, and return its parts."""
    async with RawServer((success({"id": 1}),)) as server, client_of(server) as client:
        assert await client.request("POST", PATH, form=form) == {"id": 1}
        [request] = server.requests
    assert request.headers["content-length"] == str(len(request.body))
    assert request.headers["content-type"].startswith("multipart/form-data; boundary=")
    return parts_of(request)


async def test_texts_and_numbers_are_sent_before_files() -> None:
    parts = await sent({"file": FormFile(b"x"), "lead_id": "ä\r\nb", "deal_id": 5, "n": Number()})
    assert parts == [
        ("lead_id", None, "", "ä\r\nb".encode()),
        ("deal_id", None, "", b"5"),
        ("n", None, "", b"7"),
        ("file", "file", "application/octet-stream", b"x"),
    ]


@pytest.mark.parametrize("content", [b"", b"--x--\r\n\r\n", bytes(range(256)) * 3000])
async def test_content_arrives_unchanged(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "leads.csv"
    path.write_bytes(content)
    with path.open("rb") as file, io.BytesIO(content) as buffer:
        files = {"a": FormFile(content), "b": FormFile(path), "c": FormFile(file)}
        parts = await sent({**files, "d": FormFile(buffer)})
    assert [part.content for part in parts] == [content] * 4
    assert [part.filename for part in parts] == ["file", "leads.csv", "leads.csv", "file"]
    assert {part.content_type for part in parts[1:3]} == {"text/csv"}


@pytest.mark.parametrize(
    ("file", "filename", "content_type"),
    [
        (FormFile(b"x", filename="offer.pdf"), "offer.pdf", "application/pdf"),
        (FormFile(b"x", filename="a.pdf", content_type="text/plain"), "a.pdf", "text/plain"),
        (FormFile(b"x", filename="offer"), "offer", "application/octet-stream"),
    ],
)
async def test_name_and_type_can_be_chosen(
    file: FormFile, filename: str, content_type: str
) -> None:
    assert await sent({"file": file}) == [("file", filename, content_type, b"x")]


async def test_names_cannot_add_headers() -> None:
    name = 'a"\r\nX: 1'
    async with RawServer((success(),)) as server, client_of(server) as client:
        await client.request("POST", PATH, form={name: FormFile(b"x", filename=name + "ä")})
        head, _, _ = server.requests[0].body.partition(b"\r\n\r\n")
    assert head.split(b"\r\n")[1] == (
        'Content-Disposition: form-data; name="a%22%0D%0AX: 1"; filename="a%22%0D%0AX: 1ä"'.encode()
    )


async def test_open_file_is_sent_from_its_position_and_stays_open() -> None:
    with tempfile.TemporaryFile() as file:  # its name is a number
        file.write(b"header\nrow\n")
        file.seek(7)
        form = {"file": FormFile(file)}
        for _ in range(2):
            assert await sent(form) == [("file", "file", "application/octet-stream", b"row\n")]
        assert not file.closed


async def test_id_can_be_a_uuid() -> None:
    id = uuid.UUID("8ba414d0-8ad8-11ef-9e9e-07879dd74146")
    assert await sent({"lead_id": id}) == [("lead_id", None, "", str(id).encode())]


# Forms that are refused


@pytest.mark.parametrize(
    ("form", "kind", "message"),
    [
        ({}, InvalidRequestError, "^form is empty: add a value"),
        ([("a", "b")], TypeError, "^form must be a dict"),
        ({"": "x"}, InvalidRequestError, "^form is empty"),
        ({5: "x"}, TypeError, "^form must be a str"),
        ({"a": "\ud800"}, InvalidRequestError, r"^form\['a'\] has half of a surrogate"),
        ({"a": True}, TypeError, r"^form\['a'\] must be .* got bool: write a bool as 1 or 0"),
        ({"a": None}, TypeError, r"^form\['a'\] must be a str, an int or a FormFile, got None"),
        ({"a": 1.5}, TypeError, r"^form\['a'\] must be .* got float"),
        ({"a": b"x"}, TypeError, r"^form\['a'\] must be .* a file as FormFile"),
        ({"a": Path("x")}, TypeError, r"^form\['a'\] must be .* got PosixPath"),
        ({"a": LEAD}, TypeError, r"^form\['a'\] must be .* got Lead: pass lead\.id$"),
        ({"a": 10**5000}, InvalidRequestError, r"^form\['a'\] is too large: .* 19 digits$"),
        ({"a": -(10**19)}, InvalidRequestError, r"^form\['a'\] is too large"),
    ],
)
async def test_invalid_form_is_refused_before_anything_is_sent(
    form: Any, kind: type[Exception], message: str
) -> None:
    async with RawServer((success(),)) as server:
        async with client_of(server) as client:
            with pytest.raises(kind, match=message):
                await client.request("POST", PATH, form=form)
        assert not server.connections


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"json": {}}, "^form and json are both set: pass only one"),
        ({"json": 0}, "^form and json are both set"),
        ({"method": "GET"}, "^form cannot be sent with GET: pass params"),
        ({"method": "DELETE"}, "^form cannot be sent with DELETE"),
    ],
)
async def test_form_is_refused_where_it_has_no_place(
    arguments: dict[str, Any], message: str
) -> None:
    call: dict[str, Any] = {"method": "POST", "path": PATH, "form": {"a": 1}, **arguments}
    async with RawServer((success(),)) as server:
        async with client_of(server) as client:
            with pytest.raises(InvalidRequestError, match=message):
                await client.request_envelope(**call)
        assert not server.connections


@pytest.mark.unix
@pytest.mark.parametrize(
    ("path", "message"),
    [
        ("missing.pdf", r"^form\['file'\] does not exist: check the path '.*missing.pdf'"),
        ("null\0.pdf", r"^form\['file'\] does not exist"),
        ("", r"^form\['file'\] is not a regular file: check the path"),
        ("pipe", r"^form\['file'\] is not a regular file"),
    ],
)
async def test_path_without_a_file_is_refused_before_anything_is_sent(
    path: str, message: str, tmp_path: Path
) -> None:
    os.mkfifo(tmp_path / "pipe")
    async with RawServer((success(),)) as server:
        async with client_of(server) as client:
            with pytest.raises(InvalidRequestError, match=message):
                await client.request("POST", PATH, form={"file": FormFile(tmp_path / path)})
        assert not server.connections


def refuse(*_: object) -> bool:
    return False


async def test_unreadable_file_is_refused_before_anything_is_sent(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "secret.pdf"
    path.write_bytes(b"x")
    monkeypatch.setattr(os, "access", refuse)  # root may read any file
    async with RawServer((success(),)) as server:
        async with client_of(server) as client:
            with pytest.raises(InvalidRequestError, match=r"^form\['file'\] cannot be read by"):
                await client.request("POST", PATH, form={"file": FormFile(path)})
        assert not server.connections


async def test_file_that_was_closed_is_refused_before_anything_is_sent() -> None:
    file = io.BytesIO(b"x")
    form = {"file": FormFile(file)}
    file.close()
    async with RawServer((success(),)) as server:
        async with client_of(server) as client:
            with pytest.raises(InvalidRequestError, match=r"^form\['file'\] cannot be read \(I/O"):
                await client.request("POST", PATH, form=form)
        assert not server.connections


def broken(*names: str, error: Exception) -> io.BytesIO:
    """Return an open file some of whose methods raise an error."""

    class Broken(io.BytesIO):
        def __getattribute__(self, name: str) -> Any:
            return fail if name in names else super().__getattribute__(name)

    def fail(*_: object) -> int:
        raise error

    return Broken(b"x")


@pytest.mark.parametrize(
    "error", [RuntimeError("no tape"), AttributeError("no tape"), OSError("no tape")]
)
@pytest.mark.parametrize("names", [("seek",), ("tell",), ("seekable", "tell")], ids="-".join)
async def test_file_without_a_position_is_refused_before_anything_is_sent(
    names: tuple[str, ...], error: Exception
) -> None:
    async with RawServer((success(),)) as server:
        async with client_of(server) as client:
            with pytest.raises(
                InvalidRequestError, match=r"^form\['file'\] cannot be read \(no ta"
            ):
                form = {"file": FormFile(broken(*names, error=error))}
                await client.request("POST", PATH, form=form)
        assert not server.connections


async def test_file_of_unknown_kind_is_sent() -> None:
    file = broken("seekable", error=RuntimeError("unknown"))
    assert [part.content for part in await sent({"file": FormFile(file)})] == [b"x"]


@pytest.fixture
def badly_named(tmp_path: Path) -> Path:
    path = Path(os.fsdecode(os.fsencode(tmp_path) + b"/bad\xff.txt"))
    path.write_bytes(b"x")
    return path


@pytest.mark.unix
@pytest.mark.parametrize("is_open", [False, True], ids=["path", "open file"])
async def test_file_name_that_is_not_utf8_is_refused_before_anything_is_sent(
    is_open: bool, badly_named: Path
) -> None:
    message = r"^form\['file'\] has a file name that is not UTF-8: pass another one"
    with ExitStack() as stack:
        content = stack.enter_context(opened(badly_named)) if is_open else badly_named
        async with RawServer((success(),)) as server:
            async with client_of(server) as client:
                with pytest.raises(InvalidRequestError, match=message):
                    await client.request("POST", PATH, form={"file": FormFile(content)})
            assert not server.connections
        [part] = await sent({"file": FormFile(content, filename="good.txt")})
    assert (part.filename, part.content) == ("good.txt", b"x")


def opened(path: Path) -> BinaryIO:
    return path.open("rb")


class BytesPath(os.PathLike[bytes]):
    """A path whose name is bytes."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def __fspath__(self) -> bytes:
        return os.fsencode(self._path)


async def test_path_can_be_bytes(tmp_path: Path) -> None:
    (tmp_path / "leads.csv").write_bytes(b"x")
    path: Any = BytesPath(tmp_path / "leads.csv")
    assert await sent({"file": FormFile(path)}) == [("file", "leads.csv", "text/csv", b"x")]


def closed_file() -> io.BytesIO:
    file = io.BytesIO()
    file.close()
    return file


class Upload:
    """FastAPI's `UploadFile`, as far as this test needs it."""

    async def read(self, size: int = -1) -> bytes:
        return b"x" * size


@pytest.mark.parametrize(
    ("content", "options", "kind", "message"),
    [
        ("offer.pdf", {}, TypeError, r"^content must be bytes, .* got str: write FormFile\(Path"),
        (None, {}, TypeError, "^content must be .* got NoneType"),
        (bytearray(b"x"), {}, TypeError, "^content must be .* got bytearray"),
        (io.StringIO("x"), {}, TypeError, "^content must be a file that is open in binary mode"),
        (Upload(), {}, TypeError, "^content must be .* UploadFile pass its attribute `file`"),
        (closed_file(), {}, InvalidRequestError, "^content is a closed file: open it again"),
        (b"x", {"filename": ""}, InvalidRequestError, "^filename is empty"),
        (b"x", {"filename": 5}, TypeError, "^filename must be a str"),
        (b"x", {"content_type": "pdf"}, InvalidRequestError, "^content_type must be a media type"),
        (b"x", {"content_type": "a/b\r\nX: 1"}, InvalidRequestError, "^content_type must be"),
        (b"x", {"content_type": 5}, TypeError, "^content_type must be a str"),
    ],
)
def test_invalid_file_is_refused_by_name(
    content: Any, options: dict[str, Any], kind: type[Exception], message: str
) -> None:
    with pytest.raises(kind, match=message):
        FormFile(content, **options)


def test_content_is_not_in_the_repr() -> None:
    file = FormFile(b"secret", filename="a.pdf")
    assert repr(file) == "FormFile(filename='a.pdf', content_type=None)"


class Reader:
    """A file that has no method but `read`, as some libraries return."""

    def __init__(self, content: bytes) -> None:
        self._content = content

    def read(self, size: int = -1) -> bytes:
        part, self._content = self._content[:size], self._content[size:]
        return part


def test_file_without_other_methods_is_read_once() -> None:
    source = FormFile(cast("Any", Reader(b"abc"))).__source__()
    assert b"".join(source.chunks("form['file']", None)) == b"abc"
    assert source.is_spent
