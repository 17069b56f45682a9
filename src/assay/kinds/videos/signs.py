"""What tools leave of themselves in a film's notes: generators their settings, labels or names, editors their names. A pattern is
something that a tool writes by itself, in the place where it writes it; a word in a title or a caption is none.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

import msgspec

from assay.formats.c2pa import GENERATED

# Tools that make pictures or faces move, as they name themselves where a program does.
_GENERATORS = re.compile(
    r"openai|\bsora\b|google veo|\bveo ?[23]\b|runwayml|\brunway\b|kling ?ai|可灵|pika ?labs|luma ?(?:ai|labs)|dream ?machine|"
    r"hailuo|minimax|\bvidu\b|jimeng|即梦|seedance|dreamina|wan ?2\.\d|hunyuan ?video|混元|stable video diffusion|animatediff|"
    r"comfyui|invokeai|genmo|\bmochi-1\b|ltx-?video|haiper|pixverse|kaiber|heygen|synthesia|d-id\b|hedra|deepbrain|adobe firefly|"
    r"deepfacelab|facefusion|faceswap|deep-live-cam|\broop\b|swapface|reface|avatarify|sadtalker|wav2lip|liveportrait|"
    r"stable ?diffusion|automatic1111|midjourney|imagen video|movie ?gen|nova reel",
    re.IGNORECASE,
)
# Tools whose purpose is to cut and change films.
_EDITORS = re.compile(
    r"premiere|after ?effects|final cut|imovie|davinci|resolve|avid media|capcut|jianying|剪映|filmora|kinemaster|inshot|"
    r"vn video|videoleap|splice|powerdirector|vegas|camtasia|kdenlive|shotcut|openshot|olive|lightworks|movavi|clipchamp|"
    r"veed|canva|adobe|photoshop|快影|必剪|vita|picsart|snapchat|tiktok",
    re.IGNORECASE,
)
_FIELDS = (
    "©too", "©swr", "©enc", "encoder", "software", "com.apple.quicktime.software", "com.apple.quicktime.creationtool", "tool",
    "creator", "WritingApp", "MuxingApp", "ENCODER", "SOFTWARE", "ISFT", "©aut", "producer", "©prd", "make", "model",
)  # fmt: skip
_COMMENTS = ("©cmt", "comment", "COMMENT", "description", "©des", "desc", "prompt", "workflow", "PROMPT", "WORKFLOW",
             "DESCRIPTION", "ICMT", "parameters")  # fmt: skip
_GRAPH = re.compile(r"\"class_type\"\s*:|\"nodes\"\s*:\s*\[\s*\{")
_SETTINGS = re.compile(r"\bSteps: \d+, .{0,400}?\b(?:Sampler|CFG scale|Seed): ", re.DOTALL)
_COMMENTED = re.compile(r"\"?\bAIGC\"?\s*[:=]\s*(\{[^{}]{2,2000}\})")
_XMP_NAME = re.compile(r"(?:CreatorTool|softwareAgent|Credit)(?:=\"([^\"]{1,200})|>([^<]{1,200}))")
_XMP_SOURCE = re.compile(r"digitalsourcetype/([A-Za-z]{4,60})")
_XMP_LABEL = re.compile(r"AIGC(?:=\"|>)\s*([^<>]{2,4000})")


def generator_of(texts: Mapping[str, str]) -> str:
    """The generator that the notes (key -> text) name as the film's maker; "" where they name none."""
    for key, text in texts.items():
        if key.upper() == "AIGC" and (maker := _labelled(text)) is not None:
            return maker
    for key in _COMMENTS:
        text = texts.get(key, "")
        if _GRAPH.search(text):
            return "ComfyUI"
        if _SETTINGS.search(text):
            return "Stable Diffusion"
        if (label := _COMMENTED.search(text)) and (maker := _labelled(label.group(1))) is not None:
            return maker
    for text in _named(texts):
        if found := _GENERATORS.search(text[:300]):
            return " ".join(found.group(0).split())[:40]
    xmp = _xmp(texts)
    if (label := _XMP_LABEL.search(xmp)) and (maker := _labelled(_plain(label.group(1)))) is not None:
        return maker
    if (source := _XMP_SOURCE.search(xmp)) and source.group(1) in GENERATED:
        return next((a or b for a, b in _XMP_NAME.findall(xmp)), "")[:40] or "a generator"
    return ""


def editor_of(texts: Mapping[str, str]) -> str:
    """The editing program that the notes name; "" where they name none."""
    found = next((m for text in _named(texts) if (m := _EDITORS.search(text[:300]))), None)
    return found.group(0)[:40] if found else ""


def _named(texts: Mapping[str, str]) -> Iterator[str]:
    """What stands where a program puts its own name."""
    yield from (texts[key] for key in _FIELDS if texts.get(key))
    yield from (a or b for a, b in _XMP_NAME.findall(_xmp(texts))[:20])


def _xmp(texts: Mapping[str, str]) -> str:
    return next((text for key, text in texts.items() if key.lower() == "xmp"), "")


def _plain(text: str) -> str:
    return text.replace("&quot;", '"').replace("&#34;", '"').replace("&amp;", "&")


def _labelled(text: str) -> str | None:
    """China's label of generated media (GB 45438-2025): a JSON object whose `Label` is 1 (generated), 2 (may be) or 3
    (suspected). The maker it names for 1; None for anything else."""
    try:
        label = msgspec.json.decode(text.encode(), type=dict[str, object])
    except (msgspec.DecodeError, msgspec.ValidationError):
        return None
    if str(label.get("Label", "")) != "1":
        return None
    return str(label.get("ContentProducer") or "an AIGC service")[:40]


__all__ = ["editor_of", "generator_of"]
