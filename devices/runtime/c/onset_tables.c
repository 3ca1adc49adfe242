/* Reading the tables of order, place, memory and states. */
#include "onset_internal.h"

onset_name onset_exercise(const onset_model *m, uint32_t i) {
    tables t;
    onset_name none = {"", 0};
    if (m->fusion == NULL)
        return onset_class(m, i);
    if (i >= m->exercises || !onset_tables_read(m, &t))
        return none;
    return onset_string(m, t.exercise + 8 * (size_t)i);
}

static int array(cursor *c, const unsigned char **at, uint64_t count, uint64_t size) {
    *at = take(c, count * size);
    return !c->bad;
}

static int order_ok(const tables *t) {
    uint32_t i, k;
    for (i = 0; i <= t->exercises; i++)
        if (!(get_f64(t->base + 8 * (size_t)i) > 0))
            return 0;
    for (i = 0; i < t->rows; i++) {
        const unsigned char *r = t->row + (size_t)i * ROW;
        uint32_t scope = get_u32(r), depth = get_u32(r + 4), context = get_u32(r + 8), next = get_u32(r + 12), at = get_u32(r + 16);
        double total = get_f64(r + 24);
        if (scope > 1 || depth > t->depth || depth > t->symbols || context > t->symbols - depth || next < 1 || next > t->symbols ||
            at > t->symbols - next || !(total > 0) || !finite_number(total))
            return 0;
        for (k = 0; k < next; k++)
            if (get_u16(t->symbol + 2 * (size_t)(at + k)) > t->exercises || !(get_f64(t->count + 8 * (size_t)(at + k)) >= 0))
                return 0;
    }
    return 1;
}

static int places_ok(const tables *t, const unsigned char *p, uint32_t n) {
    uint32_t i, k;
    for (i = 0; i < n; i++) {
        uint32_t count = get_u32(p + (size_t)i * PLACE_ROW + 16), at = get_u32(p + (size_t)i * PLACE_ROW + 20);
        if (count > t->place_counts || at > t->place_counts - count)
            return 0;
        for (k = 0; k < count; k++) {
            const unsigned char *c = t->place_count + (size_t)(at + k) * PLACE_COUNT;
            if (!(get_f64(c) >= 0) || get_u32(c + 8) >= t->exercises)
                return 0;
        }
    }
    return 1;
}

static int chance(double v) { return v >= 0 && v <= 1; }

static int segmentation(tables *t, cursor *c) {
    uint32_t i, k;
    t->look = take_u32(c);
    t->setup = take_u32(c);
    t->overlap = take_f64(c);
    t->moving = take_f64(c);
    t->began_at = take_f64(c);
    t->over_at = take_f64(c);
    t->pause_s = take_f64(c);
    t->shortest_s = take_f64(c);
    t->blind_s = take_f64(c);
    for (i = 0; i < FEATURES; i++)
        t->look_mean[i] = take_f64(c);
    for (i = 0; i < FEATURES; i++)
        t->look_scale[i] = take_f64(c);
    array(c, &t->look_weight, LOOKS * LOOK_INPUTS, 8);
    array(c, &t->ends, STATES * AGES, 8);
    for (i = 0; i < STATES; i++)
        for (k = 0; k < STATES; k++)
            t->next[i][k] = take_f64(c);
    for (i = 0; i < STATES; i++)
        t->start[i] = take_f64(c);
    if (c->bad || t->look > 1 || t->setup < 1 || t->setup >= AGES || !(t->overlap > 0) || !finite_number(t->moving) ||
        !chance(t->began_at) || !chance(t->over_at) || !(t->pause_s >= 0 && t->pause_s < 60) || !(t->shortest_s >= 0) || !(t->blind_s > 0))
        return 0;
    for (i = 0; i < STATES * AGES; i++)
        if (!chance(get_f64(t->ends + 8 * (size_t)i)))
            return 0;
    for (i = 0; i < STATES; i++)
        for (k = 0; k < STATES; k++)
            if (!chance(t->next[i][k]) || !chance(t->start[i]))
                return 0;
    for (i = 0; i < FEATURES; i++)
        if (t->look && (!(t->look_scale[i] > 0) || !finite_number(t->look_mean[i])))
            return 0;
    for (i = 0; i < LOOKS * LOOK_INPUTS; i++)
        if (!finite_number(get_f64(t->look_weight + 8 * (size_t)i)))
            return 0;
    return 1;
}

int onset_tables_read(const onset_model *m, tables *t) {
    cursor c = {NULL, NULL, 0};
    uint32_t i;
    memset(t, 0, sizeof *t);
    if (m->fusion == NULL)
        return 0;
    c.at = m->fusion;
    c.end = m->fusion + m->fusion_size;
    for (i = 0; i < ONSET_SOURCES; i++) {
        t->weight[i] = take_f64(&c);
        t->floor[i] = take_f64(&c);
        if (!(t->weight[i] >= 0 && t->weight[i] < 1e6) || !(t->floor[i] > 0 && t->floor[i] < 1))
            return 0;
    }
    t->abstain = take_f64(&c);
    t->exercises = take_u32(&c);
    t->depth = take_u32(&c);
    t->sites = take_u32(&c);
    t->rows = take_u32(&c);
    t->symbols = take_u32(&c);
    t->places = take_u32(&c);
    t->zones = take_u32(&c);
    t->place_counts = take_u32(&c);
    t->features = take_u32(&c);
    take_u32(&c);
    t->escape = take_f64(&c);
    t->site_strength = take_f64(&c);
    t->zone_strength = take_f64(&c);
    t->rise = take_f64(&c);
    t->fade = take_f64(&c);
    t->silent = take_f64(&c);
    t->nowhere = take_f64(&c);
    t->spread = take_f64(&c);
    t->stay = take_f64(&c);
    t->a = take_f64(&c);
    t->b = take_f64(&c);
    t->clip = take_f64(&c);
    t->limit = take_f64(&c);
    if (c.bad || t->exercises < m->classes || t->exercises > 16384 || t->depth > 64 || t->sites > 16384 || !(t->escape > 0) ||
        !finite_number(t->escape) || !(t->site_strength > 0) || !(t->zone_strength > 0) || !(t->rise > 0) || !(t->fade > 0) || !(t->spread > 0) ||
        !chance(t->abstain) || !finite_number(t->a) || !finite_number(t->b) || !(t->limit >= 0 && t->limit < 700) || !(t->clip >= 0) ||
        !finite_number(t->silent) || !finite_number(t->nowhere) || !finite_number(t->stay) || t->features > m->channels * 8)
        return 0;
    array(&c, &t->exercise, t->exercises, 8);
    array(&c, &t->site, t->sites, 8);
    array(&c, &t->base, (uint64_t)t->exercises + 1, 8);
    array(&c, &t->row, t->rows, ROW);
    array(&c, &t->count, t->symbols, 8);
    array(&c, &t->symbol, t->symbols, 2);
    array(&c, &t->place, t->places, PLACE_ROW);
    array(&c, &t->zone, t->zones, PLACE_ROW);
    array(&c, &t->place_count, t->place_counts, PLACE_COUNT);
    array(&c, &t->scale, t->features, 8);
    if (c.bad)
        return 0;
    for (i = 0; i < t->features; i++)
        if (!(get_f64(t->scale + 8 * (size_t)i) > 0))
            return 0;
    return segmentation(t, &c) && order_ok(t) && places_ok(t, t->place, t->places) && places_ok(t, t->zone, t->zones);
}
