/* Looking into JSON text without memory: enough to compare a description with
 * what was compiled from it. Text that is no JSON is not found in. */
#include "onset_internal.h"

enum { MOST_DEPTH = 64 };

static void blank(json *j) {
    while (j->at < j->end && (*j->at == ' ' || *j->at == '\n' || *j->at == '\r' || *j->at == '\t'))
        j->at++;
}

/* Steps over a string that begins here. */
static int string(json *j) {
    if (j->at >= j->end || *j->at != '"')
        return 0;
    for (j->at++; j->at < j->end; j->at++) {
        if (*j->at == '\\')
            j->at++;
        else if (*j->at == '"') {
            j->at++;
            return 1;
        }
    }
    j->at = j->end;
    return 0;
}

/* Steps over a value. */
static int value(json *j) {
    int depth = 0;
    do {
        blank(j);
        if (j->at >= j->end)
            return 0;
        switch (*j->at) {
        case '"':
            if (!string(j))
                return 0;
            break;
        case '{':
        case '[':
            if (++depth > MOST_DEPTH)
                return 0;
            j->at++;
            break;
        case '}':
        case ']':
            depth--;
            j->at++;
            break;
        case ',':
        case ':':
            if (depth == 0)
                return 0;
            j->at++;
            break;
        default:
            while (j->at < j->end && strchr(",:]}\" \n\r\t", *j->at) == NULL)
                j->at++;
            if (j->at < j->end && *j->at == 0)
                return 0;
        }
    } while (depth > 0);
    return depth == 0;
}

/* Steps over a name and its value. */
static int entry(json *o, json *name, json *v) {
    blank(o);
    *name = *o;
    if (!string(o))
        return 0;
    name->end = o->at;
    blank(o);
    if (o->at >= o->end || *o->at != ':')
        return 0;
    o->at++;
    blank(o);
    *v = *o;
    if (!value(o))
        return 0;
    v->end = o->at;
    return 1;
}

int onset_json_entry(json o, uint32_t index, json *name, json *found) {
    blank(&o);
    if (o.at >= o.end || *o.at != '{')
        return 0;
    for (o.at++;; o.at++) {
        if (!entry(&o, name, found))
            return 0;
        if (index-- == 0)
            return 1;
        blank(&o);
        if (o.at >= o.end || *o.at != ',')
            return 0;
    }
}

int onset_json_member(json o, const char *key, json *found) {
    onset_name want = onset_text(key);
    blank(&o);
    if (o.at >= o.end || *o.at != '{')
        return 0;
    for (o.at++;; o.at++) {
        json name, v;
        if (!entry(&o, &name, &v))
            return 0;
        if (onset_json_is(name, want)) {
            *found = v;
            return 1;
        }
        blank(&o);
        if (o.at >= o.end || *o.at != ',')
            return 0;
    }
}

int onset_json_item(json a, uint32_t index, json *found) {
    blank(&a);
    if (a.at >= a.end || *a.at != '[')
        return 0;
    a.at++;
    for (;;) {
        json v;
        blank(&a);
        if (a.at >= a.end || *a.at == ']')
            return 0;
        v = a;
        if (!value(&a))
            return 0;
        v.end = a.at;
        if (index-- == 0) {
            *found = v;
            return 1;
        }
        blank(&a);
        if (a.at >= a.end || *a.at != ',')
            return 0;
        a.at++;
    }
}

int onset_json_whole(json text) {
    if (!value(&text))
        return 0;
    blank(&text);
    return text.at == text.end;
}

/* The text without its white space; `but`, a value in it, as "". */
static void add(sha256 *h, json text, const char *but, const char *behind) {
    while (text.at < text.end) {
        const char *from;
        blank(&text);
        from = text.at;
        if (from == but) {
            onset_sha256_add(h, "\"\"", 2);
            text.at = behind;
            continue;
        }
        if (from < text.end && *from == '"')
            string(&text);
        else if (from < text.end)
            text.at++;
        onset_sha256_add(h, from, (size_t)(text.at - from));
    }
}

void onset_json_seal(json text, json seal, unsigned char sum[32]) {
    sha256 h;
    onset_sha256_begin(&h);
    add(&h, text, seal.at, seal.end);
    onset_sha256_end(&h, sum);
}

int onset_json_digest(json object, const char *const *keys, uint32_t n, unsigned char sum[32]) {
    sha256 h;
    json v;
    uint32_t i;
    onset_sha256_begin(&h);
    for (i = 0; i < n; i++) {
        if (!onset_json_member(object, keys[i], &v))
            return 0;
        add(&h, v, NULL, NULL);
    }
    onset_sha256_end(&h, sum);
    return 1;
}

/* The text between the quotes, escapes as they are. */
onset_name onset_json_text(json v) {
    onset_name n = {NULL, 0};
    if (v.end - v.at >= 2 && *v.at == '"') {
        n.text = v.at + 1;
        n.length = (uint32_t)(v.end - v.at - 2);
    }
    return n;
}

/* One character of a string, its escape resolved, as bytes of UTF-8. */
static int character(const char **p, const char *end, char out[4]) {
    uint32_t u = 0;
    int k;
    if (**p != '\\') {
        out[0] = *(*p)++;
        return 1;
    }
    if (end - *p < 2)
        return 0;
    *p += 2;
    switch ((*p)[-1]) {
    case 'n':
        return out[0] = '\n', 1;
    case 't':
        return out[0] = '\t', 1;
    case 'r':
        return out[0] = '\r', 1;
    case 'b':
        return out[0] = '\b', 1;
    case 'f':
        return out[0] = '\f', 1;
    case 'u':
        break;
    default:
        return out[0] = (*p)[-1], 1;
    }
    if (end - *p < 4)
        return 0;
    for (k = 0; k < 4; k++) {
        char c = *(*p)++;
        uint32_t digit = c >= '0' && c <= '9' ? (uint32_t)(c - '0') : c >= 'a' && c <= 'f' ? (uint32_t)(c - 'a') + 10 : 99;
        if (digit == 99)
            return 0;
        u = u << 4 | digit;
    }
    if (u < 0x80)
        return out[0] = (char)u, 1;
    if (u < 0x800) {
        out[0] = (char)(0xc0 | u >> 6);
        out[1] = (char)(0x80 | (u & 63));
        return 2;
    }
    out[0] = (char)(0xe0 | u >> 12);
    out[1] = (char)(0x80 | (u >> 6 & 63));
    out[2] = (char)(0x80 | (u & 63));
    return 3;
}

int onset_json_is(json v, onset_name text) {
    onset_name own = onset_json_text(v);
    const char *p = own.text, *end = p == NULL ? p : p + own.length;
    uint32_t at = 0;
    if (p == NULL)
        return 0;
    while (p < end) {
        char out[4];
        int n = character(&p, end, out), k;
        if (n == 0)
            return 0;
        for (k = 0; k < n; k++, at++)
            if (at >= text.length || text.text[at] != out[k])
                return 0;
    }
    return at == text.length;
}

/* A number to about 1e-15. */
int onset_json_number(json v, double *number) {
    double x = 0, scale = 1;
    int negative = 0, exponent = 0, sign = 1, any = 0;
    const char *p = v.at;
    if (p < v.end && *p == '-')
        negative = 1, p++;
    for (; p < v.end && *p >= '0' && *p <= '9'; p++, any = 1)
        x = x * 10 + (*p - '0');
    if (p < v.end && *p == '.')
        for (p++; p < v.end && *p >= '0' && *p <= '9'; p++, any = 1) {
            scale *= 0.1;
            x += (*p - '0') * scale;
        }
    if (any && p < v.end && (*p == 'e' || *p == 'E')) {
        p++;
        if (p < v.end && (*p == '-' || *p == '+'))
            sign = *p++ == '-' ? -1 : 1;
        for (; p < v.end && *p >= '0' && *p <= '9' && exponent < 400; p++)
            exponent = exponent * 10 + (*p - '0');
        for (; exponent > 0; exponent--)
            x = sign < 0 ? x / 10 : x * 10;
    }
    if (!any || p != v.end)
        return 0;
    *number = negative ? -x : x;
    return 1;
}
