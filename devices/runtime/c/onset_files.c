/* Files of a bundle: lengths, checksums, what model.json lists. */
#include "onset_internal.h"

onset_status onset_length(onset_error *e, const char *name, size_t is, size_t should) {
    if (is < should) {
        onset_fail(e, ONSET_CUT_OFF, name);
        onset_say(e, ": it is cut off: ");
        onset_say_number(e, (double)is);
        onset_say(e, " of ");
        onset_say_number(e, (double)should);
        onset_say(e, " bytes are there");
        return ONSET_CUT_OFF;
    }
    onset_fail(e, ONSET_TOO_LONG, name);
    onset_say(e, ": it has ");
    onset_say_number(e, (double)(is - should));
    onset_say(e, " bytes more than were exported");
    return ONSET_TOO_LONG;
}

void onset_digest(const void *data, size_t size, unsigned char sum[SUM]) {
    sha256 h;
    onset_sha256_begin(&h);
    onset_sha256_add(&h, data, size);
    onset_sha256_end(&h, sum);
}

int onset_hex_is(json v, const unsigned char sum[SUM]) {
    static const char digits[] = "0123456789abcdef";
    onset_name text = onset_json_text(v);
    uint32_t i;
    if (text.length != 2 * SUM)
        return 0;
    for (i = 0; i < 2 * SUM; i++)
        if (text.text[i] != digits[sum[i / 2] >> (i % 2 == 0 ? 4 : 0) & 15])
            return 0;
    return 1;
}

/* A file against what model.json lists. */
onset_status onset_listed(json parts, onset_bytes b, const char *name, onset_error *e) {
    unsigned char sum[SUM];
    json part, v;
    double n;
    if (!onset_json_member(parts, name, &part) || !onset_json_member(part, "bytes", &v) || !onset_json_number(v, &n) || !(n >= 0 && n < 4e9) ||
        !onset_json_member(part, "sha256", &v)) {
        onset_told(e, ONSET_FORMAT, "model.json", "it does not list ");
        onset_say(e, name);
        return ONSET_FORMAT;
    }
    if (b.data == NULL)
        return onset_told(e, ONSET_MISSING, name, "it is missing");
    if ((double)b.size != n)
        return onset_length(e, name, b.size, (size_t)n);
    onset_digest(b.data, b.size, sum);
    return onset_hex_is(v, sum) ? ONSET_OK : onset_told(e, ONSET_CHECKSUM, name, DAMAGED);
}

int onset_part(onset_bytes model_json, uint32_t i, onset_name *name) {
    json j, parts, key, v;
    j.at = model_json.data;
    j.end = j.at + model_json.size;
    if (model_json.data == NULL || !onset_json_member(j, "parts", &parts) || !onset_json_entry(parts, i, &key, &v))
        return 0;
    *name = onset_json_text(key);
    return 1;
}

onset_status onset_check_part(onset_bytes model_json, const char *name, onset_bytes content, onset_error *e) {
    json j, parts;
    j.at = model_json.data;
    j.end = j.at + model_json.size;
    if (model_json.data == NULL || !onset_json_member(j, "parts", &parts))
        return onset_told(e, ONSET_FORMAT, "model.json", "it lists no parts");
    return onset_listed(parts, content, name, e);
}
