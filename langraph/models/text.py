"""A sentence for people, in every language we speak."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Text:
    """The same sentence in English and in Korean."""

    en: str
    ko: str

    def in_locale(self, locale: str) -> str:
        """The sentence for `locale` (`en` or `ko`); English for anything else."""
        return self.ko if locale == "ko" else self.en
