/* Elementary functions in double, and messages. */
#include "onset_internal.h"

/* exp to better than 1e-13: reduction by ln 2 in two parts, then Taylor's series. */
double onset_exp(double x) {
    static const double series[] = {1.0 / 3628800, 1.0 / 362880, 1.0 / 40320, 1.0 / 5040, 1.0 / 720, 1.0 / 120,
                                    1.0 / 24,      1.0 / 6,      1.0 / 2,     1,          1};
    const double magic = 6755399441055744.0; /* 1.5 * 2^52: adding it rounds to a whole number */
    double t, k, r, p;
    uint64_t bits, power;
    size_t i;
    if (x < -708)
        x = -708;
    if (x > 709)
        x = 709;
    if (is_nan(x))
        return x;
    t = x * 1.4426950408889634 + magic;
    k = t - magic;
    r = (x - k * 6.93147180369123816490e-01) - k * 1.90821492927058770002e-10;
    p = 1.0 / 39916800;
    for (i = 0; i < sizeof series / sizeof *series; i++)
        p = p * r + series[i];
    memcpy(&bits, &p, sizeof bits);
    memcpy(&power, &t, sizeof power);
    bits += power << 52;
    memcpy(&p, &bits, sizeof p);
    return p;
}

/* log of a positive number, to 1e-15. */
double onset_log(double x) {
    uint64_t bits;
    int e, k;
    double m, s, q, sum = 0;
    if (!(x > 0) || !finite_number(x))
        return x > 0 ? x : -1e308;
    e = 0;
    if (x < 2.2250738585072014e-308) {
        x *= 18014398509481984.0; /* 2^54 */
        e = -54;
    }
    memcpy(&bits, &x, sizeof bits);
    e += (int)(bits >> 52) - 1022;
    bits = (bits & 0x000fffffffffffffu) | 0x3fe0000000000000u;
    memcpy(&m, &bits, sizeof m);
    if (m < 0.70710678118654757) {
        m = 2 * m;
        e--;
    }
    s = (m - 1) / (m + 1);
    q = s * s;
    for (k = 21; k >= 1; k -= 2)
        sum = sum * q + 1 / (double)k;
    return (double)e * 0.69314718055994530942 + (2 * s) * sum;
}

/* The root, rounded to nearest: digit by digit on the mantissa. */
double onset_sqrt(double x) {
    uint64_t bits, m, root = 0, rest = 0;
    int e, i;
    if (!(x > 0) || !finite_number(x))
        return x > 0 ? x : 0;
    e = 0;
    if (x < 2.2250738585072014e-308) {
        x *= 18014398509481984.0;
        e = -54;
    }
    memcpy(&bits, &x, sizeof bits);
    e += (int)(bits >> 52) - 1023;
    m = (bits & 0x000fffffffffffffu) | 0x0010000000000000u;
    if (e & 1) {
        m <<= 1;
        e--;
    }
    /* m is in [2^52, 2^54): 27 pairs of bits, then 27 pairs of zeros. */
    for (i = 0; i < 54; i++) {
        uint64_t pair = i < 27 ? m >> (52 - 2 * i) & 3 : 0, trial;
        rest = rest << 2 | pair;
        trial = root << 2 | 1;
        root <<= 1;
        if (rest >= trial) {
            rest -= trial;
            root |= 1;
        }
    }
    /* root has 54 bits, the last one beyond a double's; never a tie. */
    root = (root >> 1) + (root & 1);
    bits = (root & 0x000fffffffffffffu) + ((uint64_t)(e / 2 + 1023) << 52);
    if (root >> 53)
        bits = (uint64_t)(e / 2 + 1024) << 52;
    memcpy(&x, &bits, sizeof x);
    return x;
}

double onset_floor(double x) {
    double w;
    if (!(magnitude(x) < 4503599627370496.0))
        return x;
    w = (double)(int64_t)x;
    return w > x ? w - 1 : w;
}

double onset_ceil(double x) { return -onset_floor(-x); }

void onset_softmax(double *logs, uint32_t n) {
    double top, sum = 0;
    uint32_t i;
    if (n == 0)
        return;
    top = logs[0];
    for (i = 1; i < n; i++)
        top = larger(logs[i], top);
    for (i = 0; i < n; i++) {
        logs[i] = onset_exp(logs[i] - top);
        sum += logs[i];
    }
    for (i = 0; i < n; i++)
        logs[i] /= sum;
}

void onset_normalise(double *p, uint32_t n) {
    double sum = 0;
    uint32_t i;
    for (i = 0; i < n; i++)
        sum += p[i];
    for (i = 0; i < n; i++)
        p[i] = sum > 0 ? p[i] / sum : 1 / (double)n;
}

int32_t onset_best(const double *p, uint32_t n) {
    int32_t top = -1;
    uint32_t i;
    for (i = 0; i < n; i++)
        if (top < 0 || p[i] > p[top])
            top = (int32_t)i;
    return top;
}

onset_status onset_fail(onset_error *e, onset_status status, const char *text) {
    if (e != NULL) {
        e->status = status;
        e->text[0] = 0;
        onset_say(e, text);
    }
    return status;
}

void onset_say_name(onset_error *e, onset_name name) {
    size_t at, i;
    if (e == NULL)
        return;
    for (at = 0; at + 1 < sizeof e->text && e->text[at] != 0; at++) {
    }
    for (i = 0; i < name.length && at + 1 < sizeof e->text; i++) {
        char c = name.text[i];
        e->text[at++] = (unsigned char)c < 32 || c == 127 ? '?' : c;
    }
    e->text[at] = 0;
}

void onset_say(onset_error *e, const char *text) { onset_say_name(e, onset_text(text)); }

/* A number with up to three decimals. */
void onset_say_number(onset_error *e, double v) {
    char text[32];
    int n = sizeof text, digits = 3;
    uint64_t whole;
    onset_name name;
    if (!(magnitude(v) < 1e15)) {
        onset_say(e, "no number");
        return;
    }
    whole = (uint64_t)(magnitude(v) * 1000 + 0.5);
    while (digits > 0 && whole % 10 == 0) {
        whole /= 10;
        digits--;
    }
    if (digits > 0) {
        for (; digits > 0; digits--, whole /= 10)
            text[--n] = (char)('0' + whole % 10);
        text[--n] = '.';
    }
    do {
        text[--n] = (char)('0' + whole % 10);
        whole /= 10;
    } while (whole > 0);
    if (v < 0)
        text[--n] = '-';
    name.text = text + n;
    name.length = (uint32_t)(sizeof text - (size_t)n);
    onset_say_name(e, name);
}

onset_name onset_text(const char *text) {
    onset_name n;
    n.text = text;
    n.length = text == NULL ? 0 : (uint32_t)strlen(text);
    return n;
}

void *onset_piece(arena *a, uint64_t count, size_t size) {
    uint64_t bytes = (count * size + 7) & ~(uint64_t)7;
    void *p = a->at;
    if (count > ((uint64_t)1 << 40) / (size == 0 ? 1 : size)) {
        a->bad = 1;
        return NULL;
    }
    if (a->counting) {
        a->used += (size_t)bytes;
        if (bytes > ((uint64_t)1 << 40))
            a->bad = 1;
        return NULL;
    }
    if (a->bad || bytes > a->left) {
        a->bad = 1;
        return NULL;
    }
    a->at += bytes;
    a->left -= (size_t)bytes;
    a->used += (size_t)bytes;
    memset(p, 0, (size_t)bytes);
    return p;
}
