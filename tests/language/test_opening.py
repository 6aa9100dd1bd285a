"""Only regular files are read, and no more of them than there is use for."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from model_check.language.source.opening import UnreadableError, open_regular, read_regular
from model_check.language.source.recognize import is_spec


def test_a_regular_file_is_read_up_to_what_is_allowed(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"12345")
    assert read_regular(path, 5) == b"12345"
    with pytest.raises(UnreadableError, match="longer than 4 bytes"):
        read_regular(path, 4)


def test_a_pipe_that_nobody_writes_to_is_not_waited_for(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe.yaml"
    os.mkfifo(pipe)
    with pytest.raises(UnreadableError, match="not a regular file"):
        open_regular(pipe)
    assert not is_spec(pipe)


@pytest.mark.parametrize("device", ["/dev/zero", "/dev/null", "/dev/tty"])
def test_a_device_is_not_opened(device: str) -> None:
    with pytest.raises(UnreadableError, match="not a regular file"):
        open_regular(device)


@pytest.mark.parametrize(
    ("name", "said"),
    [("", "this is a directory"), ("nothing", "no such file"), ("a\0b", "not a path"),
     ("file/in", "Not a directory")],
)  # fmt: skip
def test_what_is_no_file_is_told_as_what_it_is(name: str, said: str, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(UnreadableError, match=said):
        open_regular(tmp_path / name)


def test_a_link_is_followed_only_where_that_is_allowed(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"1")
    (tmp_path / "link").symlink_to("file")
    assert read_regular(tmp_path / "link", 5) == b"1"
    with pytest.raises(UnreadableError):
        read_regular(tmp_path / "link", 5, links=False)
