"""What generators of pictures leave in their files: parameters in text chunks and comments, names in the fields for a program,
labels. Every pattern is of something a tool writes by itself; a word that anybody might write in a caption is none."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import NamedTuple

# Key of a note -> what its value looks like, and whose it is. A1111 and those that follow it write one line of settings.
_SETTINGS = re.compile(r"\bSteps: \d+, .{0,400}?\b(Sampler|CFG scale|Seed|Schedule type): ", re.DOTALL)
_GRAPH = re.compile(r"\"class_type\"\s*:")
_NODES = re.compile(r"\"nodes\"\s*:\s*\[")
_PARAMETERS: tuple[tuple[tuple[str, ...], re.Pattern[str], str], ...] = (
    (("parameters", "UserComment", "comment", "Comment", "ImageDescription", "Description"), _SETTINGS, "Stable Diffusion"),
    (("prompt", "UserComment", "ImageDescription", "Make", "Model"), _GRAPH, "ComfyUI"),
    (("workflow", "UserComment", "ImageDescription", "Make", "Model"), _NODES, "ComfyUI"),
    (("invokeai_metadata", "invokeai_graph", "sd-metadata"), re.compile(r"\{"), "InvokeAI"),
    (("dream", "Dream"), re.compile(r"\S.*-s ?\d+"), "InvokeAI"),
    (("fooocus_scheme",), re.compile(r"fooocus|a1111", re.IGNORECASE), "Fooocus"),
    (("parameters", "UserComment", "Comment"), re.compile(r"\"(?:fooocus[ _]v|metadata_scheme\"\s*:\s*\"fooocus)", re.IGNORECASE), "Fooocus"),
    (("parameters", "UserComment"), re.compile(r"\"sui_image_params\"\s*:"), "SwarmUI"),
    (("Comment", "UserComment"), re.compile(r"\"prompt\"\s*:.{0,20000}\"(?:sampler|uncond_prompt|request_type)\"\s*:", re.DOTALL), "NovelAI"),
    (("generation_data", "easydiffusion_metadata", "draw-things", "krita_ai_diffusion"), re.compile(r"\S"), "a diffusion model"),
    (("UserComment", "Comment"), re.compile(r"\"(?:c|uc)\"\s*:.{0,20000}\"(?:model|sampler)\"\s*:.{0,4000}\"seed\"\s*:", re.DOTALL), "Draw Things"),
    (("Description", "ImageDescription", "description"), re.compile(r"\bJob ID: [0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", re.IGNORECASE), "Midjourney"),
    (("ImageDescription", "Artist", "Description"), re.compile(r"^Signature: [A-Za-z0-9+/=]{60,}$"), "Grok"),
)  # fmt: skip
# Fields where a program or a device puts its own name, and those where a person may stand too.
_PROGRAMS = ("Software", "CreatorTool", "Make", "Model", "producer", "Generator")
_PEOPLE = ("Credit", "Artist", "Author", "Source")
_BRANDS = re.compile(
    r"midjourney|dall[\W_]?e\b|stable ?diffusion|comfyui|novelai|adobe firefly|made with google ai|chatgpt|openai|"
    r"bing image creator|black forest labs|\bxai grok\b|grok imag|即梦|文心一格|通义万相",
    re.IGNORECASE,
)
_NAMES = re.compile(
    r"midjourney|dall[\W_]?e\b|stable ?diffusion|stability ai|automatic1111|comfyui|invokeai|novelai|fooocus|swarmui|draw ?things|"
    r"adobe firefly|google imagen|imagefx|gemini (?:image|\d)|made with google ai|gpt-?4o|gpt-image|chatgpt|openai|black forest labs|"
    r"\bflux[. ]?[12]\b|ideogram|bing image creator|microsoft designer|image creator from designer|grok imag|\bxai\b|leonardo\.?ai|"
    r"runway ?ml|nightcafe|craiyon|artbreeder|dreamstudio|playground ?ai|recraft|seedream|jimeng|doubao|qwen-?image|hunyuan|"
    r"kolors|wombo|starryai|thispersondoesnotexist|stylegan|即梦|可灵|豆包|文心一格|通义万相|混元|海螺",
    re.IGNORECASE,
)  # fmt: skip


class Trace(NamedTuple):
    """`name` of the tool; `key` the note it stands in; `parameters` True where the settings themselves were left, False
    where only a name is."""

    name: str
    key: str
    parameters: bool


def generator_trace(notes: Mapping[str, str]) -> Trace | None:
    """What of these notes (key of a text chunk, EXIF tag or XMP property -> text) a generator wrote; None where none did."""
    for keys, pattern, name in _PARAMETERS:
        for key in keys:
            if (value := notes.get(key)) and pattern.search(value):
                named = _NAMES.search(notes.get("Software", ""))
                return Trace(_tidy(named.group(0)) if named else name, key, True)
    for names, fields in ((_NAMES, _PROGRAMS), (_BRANDS, _PEOPLE)):
        for key in fields:
            if (value := notes.get(key)) and (found := names.search(value[:300])):
                return Trace(_tidy(found.group(0)), key, False)
    return None


def _tidy(name: str) -> str:
    return " ".join(name.split())[:40]


__all__ = ["Trace", "generator_trace"]
