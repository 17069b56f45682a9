"""The syntax of CEL (Common Expression Language, github.com/google/cel-spec, langdef.md): text in, a tree out.

A lexer by one regular expression and a Pratt parser. The whole operator grammar is read; what the language has beyond
policies (maps, bytes, unsigned integers, null, comprehensions) is refused by name, so that nothing is half understood.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal as OneOf

LONGEST, DEEPEST, MOST_OPERATORS = 4096, 32, 100
INT_MAX = 2**63 - 1


class SyntaxProblem(Exception):
    """A mistake at character `at` of the expression."""

    def __init__(self, message: str, at: int, hint: str = "") -> None:
        super().__init__(message)
        self.message, self.at, self.hint = message, at, hint


@dataclass(frozen=True)
class Constant:
    at: int
    value: bool | int | float | str


@dataclass(frozen=True)
class Identifier:
    at: int
    name: str


@dataclass(frozen=True)
class Select:
    """`of.name`, and `of["name"]`, which means the same."""

    at: int
    of: Node
    name: str


@dataclass(frozen=True)
class Index:
    at: int
    of: Node
    index: Node


@dataclass(frozen=True)
class Call:
    """`name(args)`, or `target.name(args)` when there is a target."""

    at: int
    name: str
    target: Node | None
    args: tuple[Node, ...]


@dataclass(frozen=True)
class ListOf:
    at: int
    items: tuple[Node, ...]


@dataclass(frozen=True)
class Unary:
    at: int
    op: OneOf["!", "-"]
    of: Node


@dataclass(frozen=True)
class Binary:
    at: int
    op: str
    left: Node
    right: Node


@dataclass(frozen=True)
class Choice:
    """`condition ? yes : no`"""

    at: int
    condition: Node
    yes: Node
    no: Node


Node = Constant | Identifier | Select | Index | Call | ListOf | Unary | Binary | Choice

_TOKEN = re.compile(
    r"""
    (?P<space>\s+|//[^\n]*)
  | (?P<float>\d+\.\d+(?:[eE][+-]?\d+)?|\d+[eE][+-]?\d+|\.\d+(?:[eE][+-]?\d+)?)
  | (?P<int>0[xX][0-9a-fA-F]+|\d+)
  | (?P<string>[rR]?(?:\"\"\"(?s:.*?)\"\"\"|'''(?s:.*?)'''))
  | (?P<raw>[rR](?:"[^"\n]*"|'[^'\n]*'))
  | (?P<text>"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*')
  | (?P<word>[A-Za-z_][A-Za-z0-9_]*)
  | (?P<op>&&|\|\||==|!=|<=|>=|[-+*/%<>!?:.,()\[\]{}])
    """,
    re.VERBOSE,
)
_BINDING = {"||": 2, "&&": 3} | dict.fromkeys(("==", "!=", "<", "<=", ">", ">=", "in"), 4)
_BINDING |= {"+": 5, "-": 5, "*": 6, "/": 6, "%": 6}
_RESERVED = frozenset(("as", "break", "const", "continue", "else", "for", "function", "if", "import", "let", "loop"))
_RESERVED |= frozenset(("package", "namespace", "return", "var", "void", "while"))
_SLIPS = {"and": "&&", "or": "||", "not": "!", "=": "==", "&": "&&", "|": "||", "True": "true", "False": "false"}


@dataclass(frozen=True)
class _Token:
    kind: str
    text: str
    at: int


def parse(text: str) -> Node:
    """The tree of an expression; raises `SyntaxProblem`."""
    if len(text) > LONGEST:
        raise SyntaxProblem(f"the expression is longer than {LONGEST} characters", 0)
    parser = _Parser(list(_tokens(text)))
    tree = parser.expression()
    parser.finish()
    return tree


def _tokens(text: str) -> list[_Token]:
    tokens, at = [], 0
    while at < len(text):
        match = _TOKEN.match(text, at)
        if not match:
            char = text[at]
            if char in "\"'":
                raise SyntaxProblem("this text has no closing quote", at)
            hint = f"CEL writes {_SLIPS[char]}" if char in _SLIPS else ""
            raise SyntaxProblem(f"unexpected character {char!r}", at, hint)
        if match.lastgroup != "space":
            tokens.append(_Token(str(match.lastgroup), match[0], at))
        at = match.end()
    tokens.append(_Token("end", "", len(text)))
    return tokens


class _Parser:
    def __init__(self, tokens: list[_Token]) -> None:
        self.tokens, self.here, self.depth, self.operators = tokens, 0, 0, 0

    @property
    def next(self) -> _Token:
        return self.tokens[self.here]

    def take(self) -> _Token:
        token = self.next
        self.here += token.kind != "end"
        return token

    def expect(self, text: str, after: str) -> None:
        if self.next.text != text:
            raise SyntaxProblem(f"expected {text!r} {after}, found {_shown(self.next)}", self.next.at)
        self.take()

    def finish(self) -> None:
        if self.next.kind != "end":
            slip = _SLIPS.get(self.next.text)
            raise SyntaxProblem(
                f"unexpected {_shown(self.next)} after a complete expression",
                self.next.at,
                f"CEL writes {slip}" if slip else "",
            )

    def expression(self) -> Node:
        self.depth += 1
        if self.depth > DEEPEST:
            raise SyntaxProblem(f"nested deeper than {DEEPEST}", self.next.at)
        node = self.binary(2)
        if self.next.text == "?":
            at = self.take().at
            yes = self.binary(2)
            self.expect(":", "in a choice (a ? b : c)")
            node = Choice(at, node, yes, self.expression())
        self.depth -= 1
        return node

    def binary(self, lowest: int) -> Node:
        left = self.unary()
        while (strength := _BINDING.get(self.next.text, 0)) >= lowest and self.next.kind in ("op", "word"):
            op = self.take()
            self.operators += 1
            if self.operators > MOST_OPERATORS:
                raise SyntaxProblem(f"more than {MOST_OPERATORS} operators", op.at, "use a list, or several rules")
            left = Binary(op.at, op.text, left, self.binary(strength + 1))
        return left

    def unary(self) -> Node:
        token = self.next
        if token.kind == "op" and token.text in "!-":
            self.take()
            self.depth += 1
            if self.depth > DEEPEST:
                raise SyntaxProblem(f"nested deeper than {DEEPEST}", token.at)
            if token.text == "-" and self.next.kind == "int":  # so that the least integer can be written
                node: Node = self.postfix(_integer(self.take(), negative=True))
            else:
                node = Unary(token.at, "!" if token.text == "!" else "-", self.unary())
            self.depth -= 1
            return node
        return self.postfix(self.primary())

    def postfix(self, node: Node) -> Node:
        while self.next.kind == "op" and self.next.text in ".[":
            mark = self.take()
            if mark.text == "[":
                index = self.expression()
                self.expect("]", "after an index")
                named = isinstance(index, Constant) and isinstance(index.value, str)
                node = Select(mark.at, node, str(index.value)) if named else Index(mark.at, node, index)  # type: ignore[union-attr]
                continue
            name = self.take()
            if name.kind != "word":
                raise SyntaxProblem(f"expected a name after '.', found {_shown(name)}", name.at)
            if self.next.text == "(":
                node = Call(name.at, name.text, node, self.arguments())
            else:
                node = Select(name.at, node, name.text)
        return node

    def arguments(self) -> tuple[Node, ...]:
        self.expect("(", "before arguments")
        return self.items(")")

    def items(self, close: str) -> tuple[Node, ...]:
        items: list[Node] = []
        while self.next.text != close:
            items.append(self.expression())
            if self.next.text != ",":
                break
            self.take()
        self.expect(close, "to close the list")
        return tuple(items)

    def primary(self) -> Node:
        token = self.take()
        if token.kind == "int":
            return _integer(token)
        if token.kind == "float":
            value = float(token.text)
            if value == float("inf"):
                raise SyntaxProblem(f"{token.text} is too large", token.at)
            return Constant(token.at, value)
        if token.kind in ("text", "string", "raw"):
            return Constant(token.at, _unquote(token))
        if token.kind == "word":
            return self.word(token)
        if token.text == "(":
            node = self.expression()
            self.expect(")", "to close the bracket")
            return node
        if token.text == "[":
            return ListOf(token.at, self.items("]"))
        if token.text == "{":
            raise SyntaxProblem("maps are not part of policies", token.at)
        raise SyntaxProblem(f"expected a value, found {_shown(token)}", token.at)

    def word(self, token: _Token) -> Node:
        if token.text in ("true", "false"):
            return Constant(token.at, token.text == "true")
        if token.text == "null":
            raise SyntaxProblem("null is not part of policies", token.at, "ask has(evidence.merchant) or its opposite")
        if self.next.kind in ("text", "string", "raw") and token.text in "bB":
            raise SyntaxProblem("bytes are not part of policies", token.at)
        if token.text in _SLIPS:
            raise SyntaxProblem(f"{token.text!r} is not CEL", token.at, f"CEL writes {_SLIPS[token.text]}")
        if token.text in _RESERVED or token.text == "in":
            raise SyntaxProblem(f"{token.text!r} is a reserved word", token.at)
        if self.next.text == "(":
            return Call(token.at, token.text, None, self.arguments())
        return Identifier(token.at, token.text)


def _shown(token: _Token) -> str:
    return "the end" if token.kind == "end" else repr(token.text)


def _integer(token: _Token, negative: bool = False) -> Constant:
    value = int(token.text, 16 if token.text[:2] in ("0x", "0X") else 10)
    if value > INT_MAX + negative:
        raise SyntaxProblem(f"{token.text} does not fit in 64 bits", token.at)
    return Constant(token.at - negative, -value if negative else value)


_ESCAPE = re.compile(r"\\(?:x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|([0-3][0-7]{2})|(.))", re.DOTALL)
_PLAIN = {"a": "\a", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v"} | {c: c for c in "\\?\"'`"}


def _unquote(token: _Token) -> str:
    text = token.text
    raw = text[0] in "rR"
    text = text[raw:]
    width = 3 if text[:3] in ('"""', "'''") else 1
    body = text[width:-width]
    if raw:
        return body

    def replace(match: re.Match[str]) -> str:
        hexadecimal = match[1] or match[2] or match[3]
        code = int(hexadecimal, 16) if hexadecimal else int(match[4], 8) if match[4] else -1
        if code > 0x10FFFF or 0xD800 <= code <= 0xDFFF:
            raise SyntaxProblem("no such character", token.at)
        if code >= 0:
            return chr(code)
        if match[5] not in _PLAIN:
            raise SyntaxProblem(f"unknown escape \\{match[5]}", token.at, 'write r"…" for text with backslashes')
        return _PLAIN[match[5]]

    return _ESCAPE.sub(replace, body)
