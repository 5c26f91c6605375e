// BLAKE2b (RFC 7693) with a result of 16 bytes and no key: all that the digest of the contract needs.

final class Blake2b {
    private static final long[] START = {
        0x6a09e667f3bcc908L, 0xbb67ae8584caa73bL, 0x3c6ef372fe94f82bL, 0xa54ff53a5f1d36f1L,
        0x510e527fade682d1L, 0x9b05688c2b3e6c1fL, 0x1f83d9abfb41bd6bL, 0x5be0cd19137e2179L,
    };
    private static final String[] ORDER = {
        "0123456789abcdef", "ea489fd61c02b753", "b8c052fdae367194", "7931dcbe265a40f8", "905724afe1bc683d",
        "2c6a0b834d75fe19", "c51fed4a0763928b", "db7ec13950f4862a", "6fe9b308c2d714a5", "a2847615fb9e3cd0",
    };
    private static final int[][] MIXED = {
        {0, 4, 8, 12}, {1, 5, 9, 13}, {2, 6, 10, 14}, {3, 7, 11, 15},
        {0, 5, 10, 15}, {1, 6, 11, 12}, {2, 7, 8, 13}, {3, 4, 9, 14},
    };
    private static final int BLOCK = 128;
    private static final int ROUNDS = 12;

    private Blake2b() {}

    static byte[] digest16(byte[] data) {
        long[] state = START.clone();
        state[0] ^= 0x01010000L ^ 16;
        int at = 0;
        for (; data.length - at > BLOCK; at += BLOCK) {
            compress(state, data, at, BLOCK, at + BLOCK, false);
        }
        compress(state, data, at, data.length - at, data.length, true);
        byte[] out = new byte[16];
        for (int place = 0; place < 16; place++) {
            out[place] = (byte) (state[place / 8] >>> (8 * (place % 8)));
        }
        return out;
    }

    private static void compress(long[] state, byte[] data, int from, int length, long counted, boolean last) {
        long[] words = new long[16];
        for (int place = 0; place < length; place++) {
            words[place / 8] |= (data[from + place] & 0xffL) << (8 * (place % 8));
        }
        long[] v = new long[16];
        System.arraycopy(state, 0, v, 0, 8);
        System.arraycopy(START, 0, v, 8, 8);
        v[12] ^= counted;
        v[14] ^= last ? -1L : 0L;
        for (int round = 0; round < ROUNDS; round++) {
            String order = ORDER[round % 10];
            for (int step = 0; step < 8; step++) {
                long x = words[Character.digit(order.charAt(2 * step), 16)];
                long y = words[Character.digit(order.charAt(2 * step + 1), 16)];
                mix(v, MIXED[step], x, y);
            }
        }
        for (int place = 0; place < 8; place++) {
            state[place] ^= v[place] ^ v[place + 8];
        }
    }

    private static void mix(long[] v, int[] at, long x, long y) {
        int a = at[0], b = at[1], c = at[2], d = at[3];
        v[a] += v[b] + x;
        v[d] = Long.rotateRight(v[d] ^ v[a], 32);
        v[c] += v[d];
        v[b] = Long.rotateRight(v[b] ^ v[c], 24);
        v[a] += v[b] + y;
        v[d] = Long.rotateRight(v[d] ^ v[a], 16);
        v[c] += v[d];
        v[b] = Long.rotateRight(v[b] ^ v[c], 63);
    }
}
