"""An SVG of matplotlib's, made small: the same picture in a fraction of the bytes, for a repository and a page.

Styles that repeat become classes, groups that only have a name go, numbers get as many digits as a screen shows, and lines
are written as short as the format allows. Refuses nothing: what is not known is left as it is.
"""

import re
from collections import Counter
from xml.etree import ElementTree

_SVG, _LINK = "http://www.w3.org/2000/svg", "http://www.w3.org/1999/xlink"
_HREF = f"{{{_LINK}}}href"
_NUMBER = re.compile(r"-?\d+\.\d+(?:e-?\d+)?")
_STEP = re.compile(r"([MLz])\s*(?:(\S+) (\S+)\s*)?")
_ROUNDED = ("d", "x", "y", "width", "height", "transform")


def small(text: str) -> str:
    """Return the same picture in fewer bytes."""
    ElementTree.register_namespace("", _SVG)
    ElementTree.register_namespace("xlink", _LINK)
    root = ElementTree.fromstring(text)
    _unwrap(root)
    for element in root.iter():
        _shorten(element)
    _rename(root)
    _classify(root)
    return ElementTree.tostring(root, encoding="unicode") + "\n"


def _unwrap(element: ElementTree.Element) -> None:
    """Put what is in groups that say nothing in their place."""
    for child in list(element):
        _unwrap(child)
        if child.tag == f"{{{_SVG}}}g" and not set(child.attrib) - {"id"}:
            place = list(element).index(child)
            element.remove(child)
            for offset, grandchild in enumerate(child):
                element.insert(place + offset, grandchild)


def _shorten(element: ElementTree.Element) -> None:
    element.tail = None
    for name in _ROUNDED:
        if name in element.attrib:
            element.attrib[name] = _NUMBER.sub(lambda found: f"{float(found[0]):.1f}", element.attrib[name])
    if element.attrib.get("transform", "").startswith("rotate(-0"):
        del element.attrib["transform"]
    if "d" in element.attrib and "C" not in element.attrib["d"]:
        element.attrib["d"] = _line(element.attrib["d"])


def _line(path: str) -> str:
    """Write a line by the axis along which it goes, where it goes along one."""
    written, at = [], ("", "")
    for kind, x, y in _STEP.findall(path):
        if kind == "L" and (x, y) == at:
            continue
        if kind != "L":
            written.append(kind + (f"{x} {y}" if x else ""))
        elif y == at[1]:
            written.append(f"H{x}")
        elif x == at[0]:
            written.append(f"V{y}")
        else:
            written.append(f"L{x} {y}")
        at = (x, y) if x else at
    return "".join(written)


def _rename(root: ElementTree.Element) -> None:
    """Give what is referred to a short name, and nothing else any."""
    text = ElementTree.tostring(root, encoding="unicode")
    named = [element for element in root.iter() if "id" in element.attrib]
    names: dict[str, str] = {}
    for element in named:
        name = element.attrib.pop("id")
        if f"#{name}" in text:
            names[name] = element.attrib["id"] = f"i{len(names)}"
    for element in root.iter():
        if _HREF in element.attrib:
            element.attrib[_HREF] = "#" + names[element.attrib[_HREF][1:]]
        if "clip-path" in element.attrib:
            element.attrib["clip-path"] = f"url(#{names[element.attrib['clip-path'][5:-1]]})"


def _classify(root: ElementTree.Element) -> None:
    """Say each style once."""
    found = Counter(element.attrib["style"] for element in root.iter() if "style" in element.attrib)
    classes = {style: f"c{number}" for number, (style, _) in enumerate(found.most_common())}
    for element in root.iter():
        if "style" in element.attrib:
            element.attrib["class"] = classes[element.attrib.pop("style")]
    for element in root.iter(f"{{{_SVG}}}g"):
        _hoist(element)
    sheet = root.find(f".//{{{_SVG}}}style")
    assert sheet is not None, "matplotlib writes one"
    rules = "".join(f"\n.{name}{{{style}}}" for style, name in classes.items())
    sheet.text = (sheet.text or "").strip() + rules


def _hoist(group: ElementTree.Element) -> None:
    """Say for a group what all in it say."""
    said = {child.attrib.get("class", "") for child in group}
    if len(said) == 1 and "" not in said and "class" not in group.attrib:
        group.attrib["class"] = said.pop()
        for child in group:
            del child.attrib["class"]
