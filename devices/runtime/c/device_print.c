/* Decisions as JSON lines: see device_print.h. */
#include "device_print.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A text between quotes, its bytes as they are but for what JSON escapes. */
static void print_name(onset_name n) {
    static const char shorts[] = "\b\f\n\r\t\"\\", letters[] = "bfnrt\"\\";
    uint32_t i;
    putchar('"');
    for (i = 0; i < n.length; i++) {
        unsigned char c = (unsigned char)n.text[i];
        const char *at = c == 0 ? NULL : strchr(shorts, c);
        if (at != NULL)
            printf("\\%c", letters[at - shorts]);
        else if (c < 32)
            printf("\\u%04x", c);
        else if (c == 0xe2 && i + 2 < n.length && memcmp(n.text + i, "\xe2\x80", 2) == 0 && ((unsigned char)n.text[i + 2] & 0xfe) == 0xa8) {
            printf("\\u202%c", (unsigned char)n.text[i + 2] == 0xa8 ? '8' : '9');
            i += 2;
        } else
            putchar(c);
    }
    putchar('"');
}

/* The fewest digits that read back as the same number; whole powers of ten only
 * below 1e-6 and from 1e21 on. What is no number is null. */
static void print_number(double v) {
    char text[40], digits[32];
    int precision, exponent, n = 0, i;
    if (v - v != 0) { /* JSON has no word for it */
        printf("null");
        return;
    }
    if (v == 0) {
        printf(v == 0 && 1 / v < 0 ? "-0" : "0");
        return;
    }
    for (precision = 0; precision < 17; precision++) {
        snprintf(text, sizeof text, "%.*e", precision, v);
        if (strtod(text, NULL) == v)
            break;
    }
    for (i = 0; text[i] != 'e'; i++)
        if (text[i] >= '0' && text[i] <= '9')
            digits[n++] = text[i];
    exponent = atoi(text + i + 1);
    if (text[0] == '-')
        putchar('-');
    if (exponent < -6 || exponent >= 21) {
        printf("%c%s%.*se%+d", digits[0], n > 1 ? "." : "", n - 1, digits + 1, exponent);
        return;
    }
    if (exponent < 0)
        printf("0.%.*s%.*s", -exponent - 1, "000000", n, digits);
    else
        for (i = 0; i < n || i <= exponent; i++)
            printf("%s%c", i == exponent + 1 ? "." : "", i < n ? digits[i] : '0');
}

static int before(onset_name a, onset_name b) {
    uint32_t n = a.length < b.length ? a.length : b.length;
    int c = n == 0 ? 0 : memcmp(a.text, b.text, n);
    return c < 0 || (c == 0 && a.length < b.length);
}

/* The exercises in the order of their names, in memory of this program's life. */
static const uint32_t *sorted(const onset_model *m, uint32_t n) {
    static uint32_t *order, kept;
    static const onset_model *of;
    uint32_t i, k;
    if (of == m && kept == n)
        return order;
    free(order);
    order = malloc((n + 1) * sizeof *order);
    if (order == NULL)
        return NULL;
    for (i = 0; i < n; i++) {
        for (k = i; k > 0 && before(onset_exercise(m, i), onset_exercise(m, order[k - 1])); k--)
            order[k] = order[k - 1];
        order[k] = i;
    }
    of = m;
    kept = n;
    return order;
}

static void print_distribution(const onset_model *m, const char *key, const double *p, uint32_t n) {
    const uint32_t *order = sorted(m, n);
    uint32_t i;
    printf(",\"%s\":{", key);
    for (i = 0; i < n; i++) {
        uint32_t at = order == NULL ? i : order[i];
        printf("%s", i == 0 ? "" : ",");
        print_name(onset_exercise(m, at));
        putchar(':');
        print_number(p == NULL ? 1 / (double)n : p[at]);
    }
    putchar('}');
}

static void member(const char *lead, double v) {
    printf("%s", lead);
    print_number(v);
}

void print_decision(void *context, const onset_decision *d) {
    static const char *const sources[ONSET_SOURCES] = {"sensor", "markov", "place", "memory"};
    const onset_model *m = context;
    onset_name none = {"", 0};
    int i;
    member("{\"at_s\":", d->at_s);
    member(",\"onset_s\":", d->onset_s);
    if (d->taken_back) {
        printf(",\"taken_back\":true}\n");
        fflush(stdout);
        return;
    }
    member(",\"onset_sd\":", d->onset_sd);
    printf(",\"fused\":");
    print_name(d->exercise < 0 ? none : onset_exercise(m, (uint32_t)d->exercise));
    member(",\"p\":", d->p);
    member(",\"margin\":", d->margin);
    for (i = 0; i < ONSET_SOURCES; i++)
        print_distribution(m, sources[i], d->said[i], d->exercises);
    print_distribution(m, "fused_distribution", d->fused, d->exercises);
    if (d->missing != NULL)
        printf(",\"sensor_missing\":\"%s\"", d->missing);
    printf("}\n");
    fflush(stdout);
}
