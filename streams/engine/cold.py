"""Bytes that a task keeps and seldom reads again, compressed with a dictionary made from the first of them.

Records of one kind repeat one another (addresses, slugs, names of fields in keys), which a compressor sees only
with a dictionary: Zstandard, RFC 8878, section 5. The dictionary is raw content, some of the first records as they
are: the library's training ends the process on samples that are few and small (a division by zero in zstandard
0.25). Packed bytes are for memory alone and mean nothing elsewhere.
"""

from __future__ import annotations

from typing import Final

from zstandard import DICT_TYPE_RAWCONTENT, ZstdCompressionDict, ZstdCompressor, ZstdDecompressor

SAMPLES: Final = 200
DICTIONARY_BYTES: Final = 8_192
LEAST_BYTES: Final = 256
LEVEL: Final = 3
_PLAIN: Final = b"="
_PACKED: Final = b"z"


class Cold:
    """Values of one kind; not to be used by two threads at once, as a stage is not."""

    def __init__(self, samples: int = SAMPLES) -> None:
        self._wanted = samples
        self._samples: list[bytes] = []
        self._compressor: ZstdCompressor | None = None
        self._decompressor: ZstdDecompressor | None = None

    def pack(self, value: bytes) -> bytes:
        """The bytes to keep. The first values stay as they are, and teach the dictionary."""
        if self._compressor is None:
            self._learn(value)
            return _PLAIN + value
        return _PACKED + self._compressor.compress(value)

    def unpack(self, kept: bytes) -> bytes:
        """The value that was packed."""
        if kept[:1] == _PLAIN or self._decompressor is None:
            return kept[1:]
        return self._decompressor.decompress(kept[1:])

    def _learn(self, value: bytes) -> None:
        self._samples.append(value)
        if len(self._samples) < self._wanted:
            return
        every = max(1, sum(map(len, self._samples)) // DICTIONARY_BYTES)
        content = b"".join(self._samples[::every])[-DICTIONARY_BYTES:]
        if len(content) < LEAST_BYTES:  # too little to learn from yet
            self._wanted *= 2
            return
        dictionary = ZstdCompressionDict(content, dict_type=DICT_TYPE_RAWCONTENT)
        dictionary.precompute_compress(level=LEVEL)
        self._compressor = ZstdCompressor(
            level=LEVEL, dict_data=dictionary, write_dict_id=False, write_checksum=False
        )
        self._decompressor = ZstdDecompressor(dict_data=dictionary)
        self._samples = []
