/* Points in the unit square by a plain loop: xoshiro256+ as its authors publish it (prng.di.unimi.it). */

#include "peers.h"
#include <stdint.h>

static const uint64_t SAMPLES = 1 << 24;

static uint64_t s[4];

static uint64_t rotl(uint64_t x, int k) { return (x << k) | (x >> (64 - k)); }

static uint64_t next(void) {
    const uint64_t result = s[0] + s[3];
    const uint64_t t = s[1] << 17;
    s[2] ^= s[0];
    s[3] ^= s[1];
    s[1] ^= s[2];
    s[0] ^= s[3];
    s[2] ^= t;
    s[3] = rotl(s[3], 45);
    return result;
}

static double uniform(void) { return (next() >> 11) * 0x1.0p-53; }

static double points(void) {
    /* The first four numbers of splitmix64, as its authors advise. */
    uint64_t seed = 6;
    for (int word = 0; word < 4; word++) {
        uint64_t z = (seed += 0x9e3779b97f4a7c15);
        z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
        z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
        s[word] = z ^ (z >> 31);
    }
    uint64_t hits = 0;
    for (uint64_t sample = 0; sample < SAMPLES; sample++) {
        double x = uniform(), y = uniform();
        hits += x * x + y * y < 1.0;
    }
    return 4.0 * hits / SAMPLES;
}

int main(void) {
    const struct offer offers[] = {{"points (plain loop)", points}};
    return serve(offers, 1);
}
