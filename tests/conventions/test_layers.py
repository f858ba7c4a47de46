"""The house's own rules: who may import whom, how long a file may be, who reads the environment."""

import ast
import sys
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SOURCES = sorted([*(ROOT / "bot").rglob("*.py"), *(ROOT / "handlers").rglob("*.py"), ROOT / "app.py"])
NAMES = {path: ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__") for path in SOURCES}


def imports(path: Path) -> set[str]:
    """Every module that a file imports, lazily or not; `from x import y` names `x.y` where that is a module."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            inner = {f"{node.module}.{alias.name}" for alias in node.names}
            known = inner & set(NAMES.values())
            found |= known if known == inner else known | {node.module}
    return found


def of(package: str) -> list[Path]:
    return [path for path in SOURCES if NAMES[path].split(".")[: package.count(".") + 1] == package.split(".")]


@pytest.mark.parametrize("path", of("bot"), ids=NAMES.get)
def test_the_bot_never_imports_its_edges(path):
    assert not {name for name in imports(path) if name.split(".")[0] in ("handlers", "app")}


@pytest.mark.parametrize("path", SOURCES, ids=NAMES.get)
def test_nobody_imports_the_composition_root(path):
    assert "app" not in {name.split(".")[0] for name in imports(path)}


@pytest.mark.parametrize("path", of("bot.alerts"), ids=NAMES.get)
def test_the_domain_imports_nothing_but_the_standard_library_and_pydantic(path):
    foreign = {
        name
        for name in imports(path)
        if name.split(".")[0] not in {*sys.stdlib_module_names, "pydantic"} and not name.startswith("bot.alerts")
    }
    assert not foreign, f"{path.name} imports {foreign}"


@pytest.mark.parametrize("path", [p for p in SOURCES if "sandbox" not in p.parts and p.name != "app.py"], ids=NAMES.get)
def test_the_product_does_not_need_the_sandbox(path):
    assert not {name for name in imports(path) if name.startswith("bot.sandbox")}


def test_no_module_imports_itself_in_a_circle():
    graph = {NAMES[path]: imports(path) & set(NAMES.values()) - {NAMES[path]} for path in SOURCES}
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        pytest.fail(f"import cycle: {' → '.join(error.args[1])}")


def test_the_environment_is_read_in_one_file():
    words = ("os.environ", "os.getenv", "from os import environ", "BaseSettings")
    readers = [NAMES[path] for path in SOURCES if any(word in path.read_text(encoding="utf-8") for word in words)]
    assert readers == ["bot.settings"]


@pytest.mark.parametrize("path", SOURCES, ids=NAMES.get)
def test_a_function_fits_on_a_screen(path):
    tree = ast.parse(path.read_text(encoding="utf-8"))
    functions = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]
    long = {f.name: f.end_lineno - f.lineno + 1 for f in functions if f.end_lineno and f.end_lineno - f.lineno >= 45}
    assert not long, f"{path.name}: {long}"
