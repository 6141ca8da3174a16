"""What generated code may be made of, by a walk over its tree in Python, its tokens in JavaScript."""

from __future__ import annotations

import ast
import io
import re
import tokenize

FUNCTIONS = frozenset({"fixed", "timed", "initial", "derivatives", "diffusion", "auxiliaries"})
SPECIAL = frozenset({"ns", "tables", "start", "out"})
NAME = re.compile(r"[a-z]+[0-9]*")
NODES: tuple[type[ast.AST], ...] = (
    ast.Module,
    ast.FunctionDef,
    ast.arguments,
    ast.arg,
    ast.Assign,
    ast.Return,
    ast.Tuple,
    ast.Load,
    ast.Store,
    ast.Name,
    ast.Constant,
    ast.Call,
    ast.Attribute,
    ast.Subscript,
    ast.Starred,
    ast.BinOp,
    ast.UnaryOp,
    ast.Add,
    ast.Sub,
    ast.Mult,
    ast.Div,
    ast.Pow,
    ast.USub,
    ast.UAdd,
    ast.Expr,
    ast.Pass,
)
# what `functions.js` and the frame of the script are made of is ours; sections hold only these
SCRIPT_TOKENS = re.compile(
    r"\s+|(?P<word>[A-Za-z_$][\w$]*)|(?P<number>\d+(?:\.\d*)?(?:[eE][+-]?\d+)?|\.\d+)"
    r"|(?P<text>\"(?:[^\"\\\n<]|\\.)*\")"
    r"|[()\[\]{},;?:!]|===|!==|==|<=|>=|&&|\|\||\*\*|=>|[-+*/<>=.]"
)
SCRIPT_WORD = re.compile(r"[a-z]+[0-9]*|[a-z][A-Za-z]*")


def foreign_python(source: str, functions: frozenset[str]) -> list[str]:
    """What of a generated Python text no generator knows; `functions`: those of the namespace.

    Numbers, numbered names, attributes of `ns`, operators and tables by their place are known; text is not,
    nor is a remark.
    """
    found = [f"remark {one.string!a}" for one in _tokens(source) if one.type == tokenize.COMMENT]
    if not source.isascii():
        found.append("a character that is not ASCII")
    for node in ast.walk(ast.parse(source)):
        found += [said] if (said := _foreign(node, functions)) else []
    return found


def _tokens(source: str) -> list[tokenize.TokenInfo]:
    return list(tokenize.generate_tokens(io.StringIO(source).readline))


def _foreign(node: ast.AST, functions: frozenset[str]) -> str | None:
    match node:
        case ast.Constant(value=value) if type(value) not in (int, float):
            return f"constant {value!a}"
        case ast.Name(id=name) | ast.arg(arg=name) if not NAME.fullmatch(name):
            return f"name {name!a}"
        case ast.FunctionDef(name=name, decorator_list=decorators, returns=returns):
            plain = name in FUNCTIONS and not decorators and returns is None
            return None if plain else f"function {name!a}"
        case ast.Attribute(value=ast.Name(id="ns"), attr=attribute) if attribute in functions:
            return None
        case ast.Attribute(value=ast.Name(id="start"), attr="get"):
            return None
        case ast.Attribute(attr=attribute):
            return f"attribute {attribute!a}"
        case ast.Call(func=ast.Attribute(), keywords=[]):
            return None
        case ast.Call():
            return f"call {ast.unparse(node)[:60]!a}"
        case ast.Subscript(value=ast.Name(), slice=ast.Constant(value=int())):
            return None
        case ast.Subscript():
            return f"place {ast.unparse(node)[:60]!a}"
    return None if isinstance(node, NODES) else f"node {type(node).__name__}"


def foreign_script(script: str, functions: str, names: frozenset[str] = frozenset()) -> list[str]:
    """What of the sections of a generated JavaScript text no generator knows.

    `functions`: the text of the functions of the language, which stands in it as it is and is not looked at;
    `names`: what they are called.
    """
    if functions not in script:
        return ["another text of the functions"]
    own = script.replace(functions, "", 1)
    found, at = [], 0
    if not own.isascii():
        found.append("a character that is not ASCII")
    while at < len(own):
        token = SCRIPT_TOKENS.match(own, at)
        if token is None or token.end() == at:
            return [*found, f"sign {own[at : at + 20]!a}"]
        word = token["word"]
        if word and word not in {"LATECOMER_MODEL", *names} and not SCRIPT_WORD.fullmatch(word):
            found.append(f"word {word!a}")
        at = token.end()
    # names of variables are data: they stand in lists at the end, and nowhere else
    code = "\n".join(line for line in own.splitlines() if not re.fullmatch(r"const \w+ = \[.*\];", line))
    texts = [one for one in re.findall(r'"[^"]*"', code) if one != '"use strict"']
    return found + [f"text {one[:60]!a}" for one in texts]
