"""How each language writes a stack trace: the patterns, and in which order things come. Data; `reading` does the work.

Groups in the patterns: `file`, `line`, `col`, `function`, `module`; `type`, `value`; a digit behind a name tells
alternatives apart. Repetitions are bounded and not nested, so that a hostile line costs no more than its length.
"""

import re
from dataclasses import dataclass

from bot.alerts.event import ExceptionInfo, Frame

_NAME = r"[A-Za-z_$][\w$.]{0,200}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Dialect:
    """One language. Unless said otherwise, the newest call stands first and the cause below what it caused."""

    platform: str
    frame: re.Pattern[str]
    heading: re.Pattern[str]
    """How an exception is announced; it may say where, which is then the newest frame."""
    half: re.Pattern[str] | None = None
    """A line that says the function of a frame, whose place comes with the next line."""
    newest_last: bool = False
    heading_after: bool = False
    cause_last: bool = True
    shows_source: bool = False
    """A frame is followed by its line of source."""
    inner_ends: str = ""
    """What stands between the frames of a cause and those of what it caused."""
    foreign: tuple[str, ...] = ()
    """What the module of code that is not the application's begins with, or what stands in its path."""

    def frame_in(self, line: str, function: str | None) -> Frame | None:
        """The frame that a line holds; `function` is what the line before said."""
        found = self.frame.match(line)
        return self._frame(_said(found), function) if found and (function or not self.half) else None

    def half_in(self, line: str) -> str | None:
        """The function of a frame whose place comes with the next line."""
        found = self.half.match(line) if self.half else None
        return found["function"] if found else None

    def heading_in(self, line: str) -> ExceptionInfo | None:
        """The exception that a line announces, without its frames."""
        found = self.heading.match(line)
        if not found:
            return None
        said = _said(found)
        return ExceptionInfo(type=said.get("type"), value=said.get("value", "").strip() or None)

    def place_in(self, line: str) -> Frame | None:
        """Where the exception was raised, if the line that announces it says so."""
        found = self.heading.match(line)
        said = _said(found) if found else {}
        return self._frame(said, None) if "file" in said else None

    def _frame(self, said: dict[str, str], function: str | None) -> Frame:
        file, module = said.get("file", ""), said.get("module", "")
        return Frame(
            function=said.get("function") or function,
            module=module or None,
            filename=file or None,
            lineno=_number(said.get("line")),
            colno=_number(said.get("col")),
            in_app=not any(part in file or module.startswith(part) for part in self.foreign),
        )


def _said(found: re.Match[str]) -> dict[str, str]:
    """What the groups hold, without the digits that tell alternatives apart."""
    return {name.rstrip("0123456789"): value for name, value in found.groupdict().items() if value is not None}


def _number(digits: str | None) -> int | None:
    return int(digits) if digits else None


PYTHON = Dialect(
    platform="python",
    frame=re.compile(r'\s*File "(?P<file>[^"]{1,500})", line (?P<line>\d{1,9})(?:, in (?P<function>.{1,200}))?$'),
    heading=re.compile(rf"(?P<type>{_NAME})(?:: ?(?P<value>.*))?$"),
    newest_last=True,
    heading_after=True,
    cause_last=False,
    shows_source=True,
    foreign=("site-packages", "dist-packages", "/lib/python", "<frozen"),
)
JAVASCRIPT = Dialect(
    platform="javascript",
    frame=re.compile(
        r"\s*(?:at (?:async )?(?:(?P<function>[^()]{1,200}) \()?|(?P<function2>[\w$.<>/*]{0,200})@)"
        r"(?P<file>[^\s()]{1,500}?):(?P<line>\d{1,9})(?::(?P<col>\d{1,9}))?\)?(?: \{)?$"
    ),
    heading=re.compile(
        r"\s*(?:Uncaught |Unhandled |\[cause\]: |Caused by: )?(?:\(in promise\) )?"
        r"(?P<type>[A-Z][\w$.]{0,200})(?: \[\w{1,60}\])?(?:: (?P<value>.*?))?(?: \{)?$"
    ),
    foreign=("node_modules", "node:", "<anonymous>"),
)
JAVA = Dialect(
    platform="java",
    frame=re.compile(
        rf"\s*at (?:[\w.@-]{{1,100}}/)?(?P<module>{_NAME})\.(?P<function>[\w$<>]{{1,200}})"
        r"\((?:(?P<file>[\w$-]{1,200}\.\w{1,10})(?::(?P<line>\d{1,9}))?|Native Method|Unknown Source|<generated>)\)"
        r"(?: .{0,100})?$"
    ),
    heading=re.compile(
        r'\s*(?:Exception in thread "[^"]{0,200}" |Caused by: )?'
        r"(?P<type>(?:[a-z][\w$]{0,60}\.){1,12}[A-Z][\w$]{1,200})(?:: (?P<value>.*))?$"
    ),
    foreign=("java.", "javax.", "jakarta.", "jdk.", "sun.", "org.springframework.", "org.apache.", "kotlin."),
)
GO = Dialect(
    platform="go",
    half=re.compile(
        r"(?:created by )?(?P<function>[\w./*()\[\]{}·-]{1,300}?)(?:\((?:0x|\.\.\.|\{|\)).*| in goroutine \d{1,12})$"
    ),
    frame=re.compile(r"\s+(?P<file>[^\s:]{1,500}\.(?:go|s)):(?P<line>\d{1,9})(?: \+0x[0-9a-f]{1,16})?$"),
    heading=re.compile(r"(?P<type>panic|fatal error): (?P<value>.*?)(?: \[recovered\])?$"),
    foreign=("/usr/local/go/src/", "/go/pkg/mod/", "/src/runtime/"),
)
RUBY = Dialect(
    platform="ruby",
    frame=re.compile(
        r"\s*(?:\d{1,4}: )?(?:from )?(?P<file>[^\s:]{1,500}):(?P<line>\d{1,9}):in [`'](?P<function>[^'`]{1,200})'$"
    ),
    heading=re.compile(
        r"(?P<file>[^\s:]{1,500}):(?P<line>\d{1,9}):in [`'](?P<function>[^'`]{1,200})': (?P<value>.*) "
        r"\((?P<type>[A-Z][\w:]{1,200})\)$"
        r"|(?P<type2>[A-Z][\w:]{1,200}) \((?P<value2>.*)\):?$|(?P<type3>[A-Z][\w:]{1,200}): (?P<value3>.*)$"
    ),
    foreign=("/gems/", "/lib/ruby/", "<internal:"),
)
PHP = Dialect(
    platform="php",
    frame=re.compile(r"#\d{1,4} (?P<file>[^\s(]{1,500})\((?P<line>\d{1,9})\): (?P<function>[^(]{1,300})\(.*$"),
    heading=re.compile(
        r"(?:\[[^\]]{1,60}\] )?(?:PHP )?(?:Fatal error: {1,4})?(?:Uncaught |Next )?(?:exception ')?"
        r"(?P<type>[A-Z][\w\\]{1,200})(?:' with message '|: )(?P<value>.*?)'? in "
        r"(?P<file>[^\s:(]{1,500})(?::|\()(?P<line>\d{1,9})\)?$"
    ),
    cause_last=False,
    foreign=("/vendor/",),
)
DOTNET = Dialect(
    platform="csharp",
    frame=re.compile(
        r"\s*at (?P<module>[A-Za-z_][\w.`+<>]{0,200})\.(?P<function>\.?[\w<>`|\[\],]{1,200})\([^()]{0,500}\)"
        r"(?: in (?P<file>.{1,500}?):line (?P<line>\d{1,9}))?$"
    ),
    heading=re.compile(
        r"(?:Unhandled exception\. )?(?: {0,4}---> )?(?P<type>(?:[A-Z]\w{0,60}\.){1,12}[A-Z]\w{1,200})"
        r"(?: \(0x[0-9A-F]{1,16}\))?: (?P<value>.*)$"
    ),
    inner_ends="--- End of inner exception stack trace ---",
    foreign=("System.", "Microsoft."),
)
DIALECTS = (PYTHON, JAVASCRIPT, JAVA, GO, RUBY, PHP, DOTNET)
