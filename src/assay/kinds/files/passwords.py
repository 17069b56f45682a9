"""What a text calls a password: senders who lock an archive so that no gateway sees into it have to tell the word somewhere, and it is
mostly in the same message.

The words behind one of the field's words for a password are tried on the archive, which says for certain whether one was it. They
are kept nowhere.
"""

from __future__ import annotations

import re

MOST, MOST_TEXT = 30, 100_000
_NEAR, _BEHIND = 160, 9  # characters, and words, behind the word for a password
_CALLED = (
    "pass ?words?|pass ?codes?|pass ?phrases?|passwd|pwd|pass|pin|passwort|kennwort|contraseña|clave|senha|palavra-passe|"
    "mot de passe|code d'accès|parola d'ordine|wachtwoord|lösenord|adgangskode|salasana|hasło|heslo|jelszó|parola?|parolă|şifre|"
    "пароля?|κωδικός|비밀번호|암호|mật khẩu|kata sandi|كلمة المرور|סיסמה"
)
_WRITTEN_TOGETHER = "密码|密碼|口令|解压码|パスワード|รหัสผ่าน"  # scripts without blanks between words
_WORD = re.compile(rf"(?i)(?<![^\W_])(?:{_CALLED})(?![^\W\d_])|{_WRITTEN_TOGETHER}")
_DIVIDES = re.compile(r"[\s\"“”„«»「」『』<>`=：、，。]+|:\s|是|为")
_AROUND, _ENDS = "'‘’()[]*,;:-–—", ".!?"


def passwords_in(text: str) -> tuple[str, ...]:
    """At most `MOST` words, the nearest first; each as it stands and, where it ends a sentence, without what ends it.

    >>> passwords_in("It is protected. Password: Inv-2291.")
    ('Inv-2291.', 'Inv-2291')
    """
    text = text[:MOST_TEXT]
    found: dict[str, int] = {}
    for match in _WORD.finditer(text):
        words = _DIVIDES.split(text[match.end() : match.end() + _NEAR])
        bare = [word for one in words if (word := one.strip(_AROUND))][:_BEHIND]
        for distance, word in enumerate(bare):
            for one in (word, word.strip(_AROUND + _ENDS)):
                if 3 <= len(one) <= 128:
                    found[one] = min(distance, found.get(one, distance))
        if len(found) > 20 * MOST:
            break
    return tuple(sorted(found, key=lambda word: found[word]))[:MOST]


__all__ = ["passwords_in"]
