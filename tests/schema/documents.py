"""Reads and judges documents as other programs do: PyYAML and python3-jsonschema.

  documents.py judge SCHEMAS FILE...     "good" or "bad", TAB, the file
  documents.py json FILE...              a line of JSON for each: {"file", "document"}; no document: not YAML
  documents.py mutate SEED COUNT OUT FILE...   COUNT changed copies of each file into the folder OUT, as JSON
  documents.py readers FOLDER            each NAME.yaml there must read as NAME.json does, in YAML 1.1 and 1.2
"""
import copy
import json
import math
import os
import random
import re
import sys

import yaml


class CoreLoader(yaml.SafeLoader):
    """YAML 1.2 with the core schema (section 10.3.2): a time is a text, `yes` is a text."""


CoreLoader.yaml_implicit_resolvers = {}
for tag, pattern in (
    ("null", r"^(|~|null|Null|NULL)$"),
    ("bool", r"^(true|True|TRUE|false|False|FALSE)$"),
    ("int", r"^([-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+)$"),
    ("float", r"^([-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?|[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN))$"),
):
    CoreLoader.add_implicit_resolver("tag:yaml.org,2002:" + tag, re.compile(pattern), None)


def core_int(loader, node):
    text = node.value
    if text[:2] in ("0o", "0x"):
        return int(text[2:], 8 if text[1] == "o" else 16)
    return int(text, 10)


CoreLoader.add_constructor("tag:yaml.org,2002:int", core_int)


class NotOne(Exception):
    """No document, or something that no schema can be asked about."""


def read(path, loader=CoreLoader):
    try:
        with open(path, encoding="utf-8", newline="") as file:
            return yaml.load(file, Loader=loader)
    except (yaml.YAMLError, UnicodeDecodeError, ValueError, TypeError) as error:
        raise NotOne(str(error)) from error


def pattern_of_ecma(validator, patrn, instance, schema):
    """As ECMA 262 has it: `$` is the end of the text, never the line end before it."""
    import jsonschema

    if validator.is_type(instance, "string") and not re.search(re.sub(r"\$$", r"\\Z", patrn), instance):
        yield jsonschema.ValidationError(f"{instance!r} does not match {patrn!r}")


def validators(folder):
    import jsonschema

    judge = jsonschema.validators.extend(jsonschema.Draft202012Validator, {"pattern": pattern_of_ecma})
    found = {}
    for name in sorted(os.listdir(folder)):
        if name.endswith(".json"):
            with open(os.path.join(folder, name), encoding="utf-8") as file:
                schema = json.load(file)
            jsonschema.Draft202012Validator.check_schema(schema)
            found[name[: -len(".json")]] = judge(schema)
    return found


def judge(folder, paths):
    by_kind = validators(folder)
    for path in paths:
        try:
            document = read(path)
            kind = document.get("kind") if isinstance(document, dict) else None
            good = isinstance(kind, str) and kind in by_kind and by_kind[kind].is_valid(document)
        except NotOne:
            good = False
        print("good" if good else "bad", path, sep="\t")


def finite(value):
    """JSON has no infinity; to a schema a large number is as good."""
    if isinstance(value, dict):
        return {name: finite(each) for name, each in value.items()}
    if isinstance(value, list):
        return [finite(each) for each in value]
    return value if not isinstance(value, float) or math.isfinite(value) else 1e300


def to_json(paths):
    for path in paths:
        try:
            print(json.dumps({"file": path, "document": finite(read(path))}, allow_nan=False))
        except NotOne:
            print(json.dumps({"file": path}))


ODD = [None, True, False, 0, -1, 1, 2.5, "", "x", "UPPER", "a b", "yes", "true", "12", "90d", "é", "a\nb", "a\n",
       "\t", "z" * 300, "y" * 70000, [], [""], ["x"], ["x", "x"], [1], {}, {"x": "y"}, {"name": "x"}]


def places(value, found, into=None, key=None):
    if into is not None:
        found.append((into, key))
    if isinstance(value, dict):
        for name in list(value):
            places(value[name], found, value, name)
    elif isinstance(value, list):
        for index in range(len(value)):
            places(value[index], found, value, index)


def change(document, chance):
    found = []
    places(document, found)
    into, key = chance.choice(found)
    what = chance.randrange(6)
    if what == 0:
        del into[key]
    elif what == 1 and isinstance(into, dict):
        into[chance.choice(["unknown", key + "x", key.upper(), "Spec", ""])] = copy.deepcopy(into[key])
    elif what == 2 and isinstance(into, list):
        into.append(copy.deepcopy(into[key]))
    elif what == 3 and isinstance(into[key], str) and into[key]:
        at = chance.randrange(len(into[key]))
        into[key] = into[key][:at] + chance.choice(["", "A", "0", " ", "\n", ".", "/", "-"]) + into[key][at + chance.randrange(2):]
    else:
        into[key] = copy.deepcopy(chance.choice(ODD))


def mutate(seed, count, out, paths):
    chance = random.Random(seed)
    for path in paths:
        text = json.dumps(read(path))
        for number in range(count):
            document = json.loads(text)
            # another apiVersion would be left alone, which no schema can say
            version = document.pop("apiVersion")
            for _ in range(chance.choice([1, 1, 2])):
                change(document, chance)
            document["apiVersion"] = version
            name = os.path.basename(path)[: -len(".yaml")]
            with open(os.path.join(out, f"{name}.{number}.yaml"), "w", encoding="utf-8", newline="") as file:
                json.dump(document, file, indent=1, ensure_ascii=False)
                file.write("\n")


def readers(folder):
    seen = 0
    for name in sorted(os.listdir(folder)):
        if not name.endswith(".yaml"):
            continue
        path = os.path.join(folder, name)
        with open(path[: -len("yaml")] + "json", encoding="utf-8") as file:
            meant = json.load(file)
        for loader in (yaml.SafeLoader, CoreLoader):
            if read(path, loader) != meant:
                sys.exit(f"{name}: {loader.__name__} reads something else")
        seen += 1
    print(seen)


if __name__ == "__main__":
    command, rest = sys.argv[1], sys.argv[2:]
    if command == "judge":
        judge(rest[0], rest[1:])
    elif command == "json":
        to_json(rest)
    elif command == "mutate":
        mutate(int(rest[0]), int(rest[1]), rest[2], rest[3:])
    elif command == "readers":
        readers(rest[0])
    else:
        sys.exit(__doc__)
