"""`locum.toml`: what the flags of `locum serve` say, by the names of the flags.

    spec = "shop.yaml"
    data = "data"
    handlers = ["handlers"]
    port = 4020
    cors = false

It is looked for beside the first document that the command names, else in the current folder. A
flag goes before its environment variable, and that before the file. Paths are relative to the file.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import click

from locum.datasets import dataset
from locum.exceptions import StartError, did_you_mean

FILE = "locum.toml"


class WithFile(click.Command):
    """A command whose flags may stand in the file too; its argument `spec` names documents."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Take from the file what neither the arguments nor the environment has."""
        file = _file(self._documents(ctx, args))
        if file is not None:
            ctx.default_map = {**(ctx.default_map or {}), **_settings(ctx, self.params, file)}
        return super().parse_args(ctx, args)

    def _documents(self, ctx: click.Context, args: list[str]) -> tuple[str, ...]:
        given, *_ = self.make_parser(ctx).parse_args(list(args))
        spec = given.get("spec")
        if isinstance(spec, tuple | list) and spec:  # else click's own word for nothing
            return tuple(spec)
        argument = next(each for each in self.params if each.name == "spec")
        return tuple(argument.value_from_envvar(ctx) or ())


def _file(documents: tuple[str, ...]) -> Path | None:
    beside = [Path(each).parent / FILE for each in documents[:1]]
    return next((file for file in (*beside, Path(FILE)) if file.is_file()), None)


def _settings(ctx: click.Context, options: list[click.Parameter], file: Path) -> dict[str, Any]:
    import tomllib  # noqa: PLC0415  # where there is a file

    try:
        content = tomllib.loads(file.read_text(encoding="utf-8-sig"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise StartError(f"{file}: {error}", "mend the file, or move it away") from None
    known = {_key(option): option for option in options if option.name is not None}
    found = {}
    for key, value in content.items():
        if key not in known:
            raise StartError(
                f"{file}: unknown key {key}{did_you_mean(key.replace('_', '-'), known)}",
                f"the keys are the flags of locum serve: {', '.join(known)}",
            )
        option = known[key]
        found[str(option.name)] = _value(ctx, option, value, file, key)
    return found


def _key(option: click.Parameter) -> str:
    """Return the name of the long flag, without its hyphens; that of the argument is `spec`."""
    long = [each for each in option.opts if each.startswith("--")]
    return (long or option.opts)[0].removeprefix("--")


def _value(ctx: click.Context, option: click.Parameter, value: Any, file: Path, key: str) -> Any:
    is_list = option.multiple or option.nargs == -1
    items = value if is_list and isinstance(value, list) else [value]
    if not all(_fits(option, item) for item in items):
        expected = f"{_expected(option)}{' or a list of texts' if is_list else ''}"
        raise StartError(f"{file}: {key} is {value!r:.80}, expected {expected}", f"mend {key}")
    placed = [_PLACES[key](file.parent, item) if key in _PLACES else item for item in items]
    try:
        return option.type_cast_value(ctx, placed if is_list else placed[0])
    except click.BadParameter as error:
        raise StartError(f"{file}: {key}: {error.message}", f"mend {key}") from None


def _is_flag(option: click.Parameter) -> bool:
    return isinstance(option, click.Option) and option.is_flag


def _is_number(option: click.Parameter) -> bool:
    return isinstance(option.type, click.types.IntParamType | click.types.FloatParamType)


def _expected(option: click.Parameter) -> str:
    if _is_flag(option):
        return "true or false"
    return "a number" if _is_number(option) else "a text"


def _fits(option: click.Parameter, item: object) -> bool:
    if _is_flag(option) or isinstance(item, bool):
        return _is_flag(option) and isinstance(item, bool)
    return isinstance(item, int | float if _is_number(option) else str) and item != ""


def _path(folder: Path, text: str) -> str:
    return str(folder / text)


def _dataset(folder: Path, text: str) -> str:
    """A dataset by its name stays; NAME= before a folder does too."""
    name, separator, what = text.rpartition("=")
    if what in dataset.names():
        return text
    return f"{name}{separator}{folder / what}"


def _provider(folder: Path, text: str) -> str:
    """A provider by its name stays; one at a path is named by more than a name."""
    return text if Path(text).name == text and not text.endswith(".py") else str(folder / text)


_PLACES: Mapping[str, Callable[[Path, str], str]] = {
    "spec": _path,
    "handlers": _path,
    "port-file": _path,
    "record": _path,
    "data": _dataset,
    "provider": _provider,
}
