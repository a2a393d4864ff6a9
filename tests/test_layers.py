"""Who may import what (docs of the layers: DESIGN.md): heavy libraries in one leaf each, frameworks at the edges."""

import ast
from pathlib import Path

import pytest

from bot.settings import ROOT

SOURCES = sorted(path for folder in ("bot", "actions") for path in (ROOT / folder).rglob("*.py"))

# Module: the only file that may import it.
LEAVES = {
    "sentence_transformers": "bot/retrieval/encoder.py",
    "torch": "bot/retrieval/encoder.py",
    "faiss": "bot/retrieval/index.py",
    "spacy": "bot/safety/match.py",
}
# Module: the only folder that may import it.
EDGES = {
    "rasa_sdk": "actions/",
    "rasa": "bot/dialogue/",
    "django": "bot/web/",
    "rest_framework": "bot/web/",
    "bot.web": "bot/web/",
    "actions": "actions/",
}
# The one exception: the command line reaches the web process, but only inside a command that needs it.
LAZY = {("bot/cli.py", "bot.web"), ("bot/cli.py", "django")}


def modules(tree: ast.AST, package: str) -> set[str]:
    """Absolute names of everything a syntax tree imports, in functions too."""
    found: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            above = package.split(".")[: len(package.split(".")) - node.level + 1] if node.level else []
            base = ".".join([*above, node.module] if node.module else above)
            found |= {base, *(f"{base}.{alias.name}" for alias in node.names)}
        elif isinstance(node, ast.Call) and ast.unparse(node.func) in {
            "import_module",
            "importlib.import_module",
            "__import__",
        }:
            found |= {
                arg.value for arg in node.args[:1] if isinstance(arg, ast.Constant) and isinstance(arg.value, str)
            }
    return found


def at_import(tree: ast.Module) -> ast.Module:
    """The tree without the bodies of its functions: what runs when the module is imported."""
    for node in ast.walk(tree):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            node.body = [ast.Pass()]
    return tree


def imports(name: str, found: set[str]) -> bool:
    """Whether a module or something below it is imported."""
    return any(module == name or module.startswith(f"{name}.") for module in found)


def read(path: Path) -> tuple[ast.Module, str]:
    """A file's syntax tree and its package."""
    return ast.parse(path.read_text(encoding="utf-8")), ".".join(path.relative_to(ROOT).parent.parts)


def importers(name: str) -> list[str]:
    """The files that import a module, the allowed lazy ones left out."""
    found = []
    for path in SOURCES:
        tree, package = read(path)
        file = path.relative_to(ROOT).as_posix()
        if imports(name, modules(at_import(tree) if (file, name) in LAZY else tree, package)):
            found.append(file)
    return found


@pytest.mark.parametrize(("name", "leaf"), LEAVES.items())
def test_heavy_library_is_imported_in_its_leaf_only(name: str, leaf: str) -> None:
    assert importers(name) == [leaf]


@pytest.mark.parametrize(("name", "folder"), EDGES.items())
def test_framework_is_imported_at_its_edge_only(name: str, folder: str) -> None:
    assert [file for file in importers(name) if not file.startswith(folder)] == []


@pytest.mark.parametrize("folder", ["bot/safety/", "bot/retrieval/"])
def test_core_knows_no_edge(folder: str) -> None:
    files = [path for path in SOURCES if path.relative_to(ROOT).as_posix().startswith(folder)]
    edges = ("rasa", "rasa_sdk", "django", "rest_framework", "bot.web", "bot.dialogue", "bot.cli", "actions")
    found = {path.name: [edge for edge in edges if imports(edge, modules(*read(path)))] for path in files}
    assert len(files) >= 5
    assert {name: known for name, known in found.items() if known} == {}


def test_safety_does_not_lean_on_retrieval() -> None:
    assert [file for file in importers("bot.retrieval") if file.startswith("bot/safety/")] == []


CASES = {
    "plain": ("import rasa", {"rasa"}),
    "below": ("import rasa.core.policies as p", {"rasa.core.policies"}),
    "from": ("from bot import web", {"bot", "bot.web"}),
    "in a function": ("def f():\n    import faiss", {"faiss"}),
    "under a condition": ("if True:\n    from django.db import models", {"django.db", "django.db.models"}),
    "relative": ("from .encoder import Encoder", {"bot.retrieval.encoder", "bot.retrieval.encoder.Encoder"}),
    "relative, one up": ("from ..web import views", {"bot.web", "bot.web.views"}),
    "by name": ("importlib.import_module('spacy.lang.en')", {"spacy.lang.en"}),
    "in a text": ("x = 'import rasa'", set()),
}


@pytest.mark.parametrize(("code", "expected"), CASES.values(), ids=CASES.keys())
def test_modules_finds_imports(code: str, expected: set[str]) -> None:
    assert modules(ast.parse(code), "bot.retrieval") == expected


def test_at_import_leaves_out_what_functions_import() -> None:
    tree = ast.parse(
        "import json\nclass A:\n    import csv\n    def f(self):\n        import django\nasync def g():\n import rasa"
    )
    assert modules(at_import(tree), "bot") == {"json", "csv"}


@pytest.mark.parametrize(
    ("name", "expected"), [("rasa", True), ("rasa_sdk", False), ("ras", False), ("rasa.core", True)]
)
def test_imports_compares_whole_names(name: str, expected: bool) -> None:
    assert imports(name, {"rasa.core.policies"}) is expected
