/* Euler-Maruyama, LANES runs side by side in vector registers. Normals: a xoshiro256++ for every lane and
   Box-Muller's transform, all on vectors; exp, log, pow, sin are those of glibc's libmvec. */
#include <math.h>
#include <stdint.h>
#include <stdlib.h>

#include "model.h"

#ifndef LANES
#define LANES 8
#endif
#define EVERY_LANE _Pragma("omp simd simdlen(8)") for (int lane = 0; lane < LANES; lane++)

typedef double Lanes[LANES] __attribute__((aligned(64)));
typedef struct { uint64_t s[4][LANES] __attribute__((aligned(64))); } Generators;

static inline uint64_t splitmix(uint64_t *x) {
    uint64_t z = (*x += 0x9e3779b97f4a7c15u);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
}

static void generators(Generators *g, uint64_t seed, uint64_t run) {
    const uint64_t start = splitmix(&seed);
    for (int lane = 0; lane < LANES; lane++) {
        uint64_t x = start ^ (run + (uint64_t)lane);
        for (int i = 0; i < 4; i++) g->s[i][lane] = splitmix(&x);
    }
}

static inline uint64_t rotated(uint64_t x, int k) { return (x << k) | (x >> (64 - k)); }

/* Uniform in (0, 1]: the bits are put behind the exponent of 1, which converts without an instruction of its own. */
static inline void uniforms(Generators *g, double *restrict u) {
    uint64_t(*s)[LANES] = g->s;
    EVERY_LANE {
        const uint64_t result = rotated(s[0][lane] + s[3][lane], 23) + s[0][lane], t = s[1][lane] << 17;
        s[2][lane] ^= s[0][lane];
        s[3][lane] ^= s[1][lane];
        s[1][lane] ^= s[2][lane];
        s[0][lane] ^= s[3][lane];
        s[2][lane] ^= t;
        s[3][lane] = rotated(s[3][lane], 45);
        union { uint64_t bits; double value; } one = {.bits = (result >> 12) | 0x3ff0000000000000u};
        u[lane] = 2.0 - one.value;
    }
}

static inline void normals(Generators *g, Lanes *z) {
    for (int j = 0; j < NOISES; j += 2) {
        Lanes a, b;
        uniforms(g, a);
        uniforms(g, b);
        double *first = z[j], *second = z[j + 1];
        EVERY_LANE {
            const double radius = sqrt(-2.0 * log(a[lane])), angle = 6.283185307179586 * b[lane];
            /* two sines: gcc would join cos and sin of one angle to a call that has no vector form */
            first[lane] = radius * sin(angle + 1.5707963267948966);
            second[lane] = radius * sin(angle);
        }
    }
}

static void save(const double *restrict K, const double *restrict R, Lanes *restrict y, Lanes *restrict saved) {
    EVERY_LANE {
#define Y(i) y[i][lane]
#define OUT(j, value) saved[j][lane] = value;
#include "outputs.inc"
#undef Y
#undef OUT
    }
    (void)K, (void)R, (void)y;
}

static inline void step(const double *restrict K, const double *restrict R, Lanes *restrict y, Lanes *restrict z,
                        double dt, double root) {
    EVERY_LANE {
#define Y(i) y[i][lane]
#define QUIET(i, rate) y[i][lane] += dt * (rate);
#define NOISY(i, j, rate, size) y[i][lane] += dt * (rate) + root * (size) * z[j][lane];
#include "step.inc"
#undef Y
#undef QUIET
#undef NOISY
    }
    (void)R, (void)z, (void)root;
}

/* out[run][saved][output]; given[run][step][noise] or NULL for draws of (seed, run), `noise` 0 for none. */
int simulate(const double *p, const double *controls, long steps, long stride, long runs, uint64_t seed, int noise,
             const double *given, double *out) {
    double K[CONSTANTS], start[STATES], *rows = malloc((size_t)(steps + 1) * ROW * sizeof *rows);
    if (rows == NULL) return 1;
    for (int i = 0; i < PARAMETERS; i++) K[i] = p[i];
    for (int i = 0; i < 4; i++) K[PARAMETERS + i] = controls[i];
    fixed(K);
    for (long i = 0; i <= steps; i++) {
        rows[i * ROW] = controls[0] + (double)i * controls[2];
        timed(K, rows + i * ROW);
    }
    initial(K, rows, start);
    const double dt = controls[2], root = sqrt(dt);
    const long kept = steps / stride + 1;
    for (long run = 0; run < runs; run += LANES) {
        Lanes y[STATES], z[NOISES + 2] = {{0.0}}, saved[OUTPUTS];
        Generators g;
        generators(&g, seed, (uint64_t)run);
        for (int i = 0; i < STATES; i++)
            for (int lane = 0; lane < LANES; lane++) y[i][lane] = start[i];
        for (long i = 0; i <= steps; i++) {
            if (i % stride == 0) {
                save(K, rows + i * ROW, y, saved);
                for (int lane = 0; lane < LANES && run + lane < runs; lane++)
                    for (int j = 0; j < OUTPUTS; j++)
                        out[((run + lane) * kept + i / stride) * OUTPUTS + j] = saved[j][lane];
            }
            if (i == steps) break;
            if (noise && given == NULL) normals(&g, z);
            if (noise && given != NULL)
                for (int lane = 0; lane < LANES && run + lane < runs; lane++)
                    for (int j = 0; j < NOISES; j++) z[j][lane] = given[((run + lane) * steps + i) * NOISES + j];
            step(K, rows + i * ROW, y, z, dt, root);
        }
    }
    free(rows);
    return 0;
}
