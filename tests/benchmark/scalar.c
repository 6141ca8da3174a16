/* Euler-Maruyama, one run after another. Normals: xoshiro256++ (Blackman and Vigna 2021) and the ziggurat of
   128 blocks (Marsaglia and Tsang 2000, tables after Doornik 2005). */
#include <math.h>
#include <stdint.h>
#include <stdlib.h>

#include "model.h"

typedef struct { uint64_t s[4]; } Generator;

static double edge[129], ratio[128];

static void prepare_ziggurat(void) {
    const double r = 3.442619855899, v = 9.91256303526217e-3;
    double f = exp(-0.5 * r * r);
    edge[0] = v / f;
    edge[1] = r;
    edge[128] = 0.0;
    for (int i = 2; i < 128; i++) {
        edge[i] = sqrt(-2.0 * log(v / edge[i - 1] + f));
        f = exp(-0.5 * edge[i] * edge[i]);
    }
    for (int i = 0; i < 128; i++) ratio[i] = edge[i + 1] / edge[i];
}

static inline uint64_t splitmix(uint64_t *x) {
    uint64_t z = (*x += 0x9e3779b97f4a7c15u);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
}

static Generator generator(uint64_t seed, uint64_t run) {
    Generator g;
    uint64_t x = splitmix(&seed) ^ run;
    for (int i = 0; i < 4; i++) g.s[i] = splitmix(&x);
    return g;
}

static inline uint64_t rotated(uint64_t x, int k) { return (x << k) | (x >> (64 - k)); }

static inline uint64_t bits(Generator *g) {
    uint64_t *s = g->s, result = rotated(s[0] + s[3], 23) + s[0], t = s[1] << 17;
    s[2] ^= s[0];
    s[3] ^= s[1];
    s[1] ^= s[2];
    s[0] ^= s[3];
    s[2] ^= t;
    s[3] = rotated(s[3], 45);
    return result;
}

static inline double uniform(Generator *g) { return ((double)(bits(g) >> 11) + 0.5) * 0x1p-53; }

static double tail(Generator *g, int negative) {
    double x, y;
    do {
        x = log(uniform(g)) / edge[1];
        y = log(uniform(g));
    } while (-2.0 * y < x * x);
    return negative ? x - edge[1] : edge[1] - x;
}

static inline double normal(Generator *g) {
    for (;;) {
        const uint64_t b = bits(g);
        const int i = (int)(b & 127);
        const double u = 2.0 * (((double)(b >> 11) + 0.5) * 0x1p-53) - 1.0, x = u * edge[i];
        if (fabs(u) < ratio[i]) return x;
        if (i == 0) return tail(g, u < 0.0);
        const double above = exp(-0.5 * (edge[i] * edge[i] - x * x));
        const double below = exp(-0.5 * (edge[i + 1] * edge[i + 1] - x * x));
        if (below + uniform(g) * (above - below) < 1.0) return x;
    }
}

static void save(const double *restrict K, const double *restrict R, const double *restrict y, double *restrict out) {
#define Y(i) y[i]
#define OUT(j, value) out[j] = value;
#include "outputs.inc"
#undef Y
#undef OUT
    (void)K, (void)R, (void)y;
}

static inline void step(const double *restrict K, const double *restrict R, double *restrict y,
                        const double *restrict z, double dt, double root) {
#define Y(i) y[i]
#define QUIET(i, rate) y[i] += dt * (rate);
#define NOISY(i, j, rate, size) y[i] += dt * (rate) + root * (size) * z[j];
#include "step.inc"
#undef Y
#undef QUIET
#undef NOISY
    (void)R, (void)z, (void)root;
}

/* out[run][saved][output]; given[run][step][noise] or NULL for draws of (seed, run), `noise` 0 for none. */
int simulate(const double *p, const double *controls, long steps, long stride, long runs, uint64_t seed, int noise,
             const double *given, double *out) {
    double K[CONSTANTS], *rows = malloc((size_t)(steps + 1) * ROW * sizeof *rows);
    if (rows == NULL) return 1;
    for (int i = 0; i < PARAMETERS; i++) K[i] = p[i];
    for (int i = 0; i < 4; i++) K[PARAMETERS + i] = controls[i];
    fixed(K);
    for (long i = 0; i <= steps; i++) {
        rows[i * ROW] = controls[0] + (double)i * controls[2];
        timed(K, rows + i * ROW);
    }
    prepare_ziggurat();
    const double dt = controls[2], root = sqrt(dt);
    for (long run = 0; run < runs; run++) {
        double y[STATES], z[NOISES + 1] = {0.0};
        Generator g = generator(seed, (uint64_t)run);
        initial(K, rows, y);
        for (long i = 0; i < steps; i++) {
            if (i % stride == 0) save(K, rows + i * ROW, y, out), out += OUTPUTS;
            if (noise)
                for (int j = 0; j < NOISES; j++)
                    z[j] = given ? given[(run * steps + i) * NOISES + j] : normal(&g);
            step(K, rows + i * ROW, y, z, dt, root);
        }
        save(K, rows + steps * ROW, y, out), out += OUTPUTS;
    }
    free(rows);
    return 0;
}
