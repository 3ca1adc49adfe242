/* The net: float arithmetic in the order in which weights are stored. */
#include "onset_internal.h"

enum { IDENTITY, RELU, LEAKY, TANH, SIGMOID, GELU, ACTIVATIONS };
enum { REPORTED = 1, SOFTMAX = 2 };
enum { MOST_VALUES = 1 << 20, MOST_OPS = 512, MOST_DEPTH = 16 };

op onset_op(const onset_model *m, uint32_t i) {
    const unsigned char *p = m->op + (size_t)i * OP_SIZE;
    op o;
    o.kind = get_u32(p);
    o.act = get_u32(p + 4);
    o.in_c = get_u32(p + 8);
    o.in_t = get_u32(p + 12);
    o.out_c = get_u32(p + 16);
    o.out_t = get_u32(p + 20);
    o.kernel = get_u32(p + 24);
    o.stride = get_u32(p + 28);
    o.dilation = get_u32(p + 32);
    o.left = get_u32(p + 36);
    o.offset = get_u32(p + 40);
    o.flags = get_u32(p + 44);
    return o;
}

uint64_t onset_op_weights(const op *o) {
    switch (o->kind) {
    case DENSE:
        return (uint64_t)o->out_c * ((uint64_t)o->in_c * o->in_t + 1);
    case CONV:
        return (uint64_t)o->out_c * ((uint64_t)o->in_c * o->kernel + 1);
    case BATCH_NORM:
        return 4 * (uint64_t)o->in_c;
    case LAYER_NORM:
        return 2 * (uint64_t)o->in_c;
    }
    return 0;
}

static int small(uint32_t a, uint32_t b) { return a > 0 && b > 0 && (uint64_t)a * b <= MOST_VALUES; }

/* Whether an operation's own numbers fit together. */
static int sound(const op *o) {
    int same = o->in_c == o->out_c && o->in_t == o->out_t;
    if (!small(o->in_c, o->in_t) || !small(o->out_c, o->out_t) || o->act >= ACTIVATIONS)
        return 0;
    switch (o->kind) {
    case DENSE:
        return o->out_t == 1;
    case CONV:
        if (o->kernel < 1 || o->kernel > MOST_VALUES || o->stride < 1 || o->stride > MOST_VALUES || o->dilation < 1 ||
            o->dilation > MOST_VALUES || o->left > MOST_VALUES || (uint64_t)o->in_c * o->kernel > ((uint64_t)1 << 31))
            return 0;
        return (uint64_t)(o->out_t - 1) * o->stride < (uint64_t)1 << 31 && (uint64_t)o->kernel * o->dilation < (uint64_t)1 << 31;
    case MAX_POOL:
    case MEAN_POOL:
        return o->in_c == o->out_c && o->kernel >= 1 && o->stride >= 1 && o->kernel <= o->in_t &&
               (uint64_t)(o->out_t - 1) * o->stride + o->kernel <= o->in_t;
    case FLATTEN:
        return o->out_t == 1 && (uint64_t)o->in_c * o->in_t == o->out_c;
    case ACTIVATE:
    case BATCH_NORM:
    case LAYER_NORM:
    case RESIDUAL:
    case RESIDUAL_END:
    case NOTHING:
        return same;
    }
    return 0;
}

onset_status onset_net_check(onset_model *m, cursor c, onset_error *e) {
    uint32_t in_c = take_u32(&c), in_t = take_u32(&c), i, depth = 0, begun[MOST_DEPTH][2];
    uint64_t weights = 0;
    m->ops = take_u32(&c);
    if (c.bad || m->ops == 0 || m->ops > MOST_OPS || !small(in_c, in_t))
        return onset_fail(e, ONSET_FORMAT, "device.bin: its net can't be read");
    m->op = take(&c, (uint64_t)m->ops * OP_SIZE);
    if (c.bad)
        return onset_fail(e, ONSET_FORMAT, "device.bin: its net can't be read");
    if (in_c != m->channels || in_t != m->samples)
        return onset_fail(e, ONSET_WINDOW, "device.bin: its net takes another window than its contract gives");
    m->widest = in_c * in_t;
    m->depth = m->layers = m->golden_values = 0;
    for (i = 0; i < m->ops; i++) {
        op o = onset_op(m, i);
        uint64_t n = onset_op_weights(&o);
        if (!sound(&o) || o.in_c != in_c || o.in_t != in_t || (n > 0 && o.offset != weights) ||
            ((o.flags & SOFTMAX) && (i + 1 != m->ops || o.kind != DENSE)))
            return onset_fail(e, ONSET_FORMAT, "device.bin: its layers don't fit together");
        weights += n;
        in_c = o.out_c;
        in_t = o.out_t;
        if (o.kind == RESIDUAL) {
            if (depth == MOST_DEPTH)
                return onset_fail(e, ONSET_FORMAT, "device.bin: its layers are nested too deep");
            begun[depth][0] = in_c;
            begun[depth++][1] = in_t;
            m->depth = depth > m->depth ? depth : m->depth;
        }
        if (o.kind == RESIDUAL_END && (depth == 0 || begun[--depth][0] != in_c || begun[depth][1] != in_t))
            return onset_fail(e, ONSET_FORMAT, "device.bin: its layers don't fit together");
        if (in_c * in_t > m->widest)
            m->widest = in_c * in_t;
        if (o.flags & REPORTED) {
            m->layers++;
            m->golden_values += in_c * in_t;
        }
        if (i + 1 == m->ops && o.kind != DENSE)
            return onset_fail(e, ONSET_FORMAT, "device.bin: its last layer is not dense");
    }
    if (depth != 0 || weights > (uint64_t)1 << 28)
        return onset_fail(e, ONSET_FORMAT, "device.bin: its layers don't fit together");
    m->outputs = in_c;
    m->weight_count = (uint32_t)weights;
    return ONSET_OK;
}

/* input, two layers' values, one kept for each nested residual, the window turned */
size_t onset_net_floats(const onset_model *m) { return (size_t)m->widest * (4 + m->depth); }

static double hyperbolic(double x) {
    if (magnitude(x) < 1e-4)
        return x - x * x * x / 3;
    return 1 - 2 / (onset_exp(2 * x) + 1);
}

static void activate(uint32_t act, float *z, size_t n) {
    size_t i;
    double x;
    switch (act) {
    case RELU:
        for (i = 0; i < n; i++)
            z[i] = z[i] < 0 ? 0 : z[i];
        break;
    case LEAKY:
        for (i = 0; i < n; i++)
            z[i] = z[i] < 0 ? 0.01f * z[i] : z[i];
        break;
    case TANH:
        for (i = 0; i < n; i++)
            z[i] = (float)hyperbolic(z[i]);
        break;
    case SIGMOID:
        for (i = 0; i < n; i++)
            z[i] = (float)(1 / (1 + onset_exp(-(double)z[i])));
        break;
    case GELU:
        for (i = 0; i < n; i++) {
            x = z[i];
            z[i] = (float)((0.5 * x) * (1 + hyperbolic(0.7978845608028654 * (x + (0.044715 * x) * (x * x)))));
        }
        break;
    }
}

/* Eight rows at a time: their sums don't wait for one another, and each adds its
 * terms in order. */
static void dense(const float *w, const float *bias, const float *x, float *y, size_t in, size_t out) {
    size_t i = 0, j;
    for (; i + 8 <= out; i += 8) {
        const float *a = w + i * in;
        float s0 = 0, s1 = 0, s2 = 0, s3 = 0, s4 = 0, s5 = 0, s6 = 0, s7 = 0;
        for (j = 0; j < in; j++) {
            float v = x[j];
            s0 += a[j] * v;
            s1 += a[j + in] * v;
            s2 += a[j + 2 * in] * v;
            s3 += a[j + 3 * in] * v;
            s4 += a[j + 4 * in] * v;
            s5 += a[j + 5 * in] * v;
            s6 += a[j + 6 * in] * v;
            s7 += a[j + 7 * in] * v;
        }
        y[i] = s0 + bias[i];
        y[i + 1] = s1 + bias[i + 1];
        y[i + 2] = s2 + bias[i + 2];
        y[i + 3] = s3 + bias[i + 3];
        y[i + 4] = s4 + bias[i + 4];
        y[i + 5] = s5 + bias[i + 5];
        y[i + 6] = s6 + bias[i + 6];
        y[i + 7] = s7 + bias[i + 7];
    }
    for (; i < out; i++) {
        float s = 0;
        for (j = 0; j < in; j++)
            s += w[i * in + j] * x[j];
        y[i] = s + bias[i];
    }
}

/* Output samples [from, to) read inside the input for a tap. */
static void span(const op *o, uint32_t tap, uint32_t *from, uint32_t *to, int64_t *at) {
    int64_t shift = (int64_t)tap * o->dilation - o->left, first = 0, last;
    if (shift < 0)
        first = (-shift + o->stride - 1) / o->stride;
    last = (int64_t)o->in_t - 1 - shift;
    last = last < 0 ? 0 : last / o->stride + 1;
    if (last > (int64_t)o->out_t)
        last = o->out_t;
    if (first > last)
        first = last;
    *from = (uint32_t)first;
    *to = (uint32_t)last;
    *at = first * o->stride + shift;
}

static void conv(const op *o, const float *w, const float *bias, const float *x, float *y) {
    uint32_t out, in, tap, t, from, to;
    int64_t at;
    for (out = 0; out < o->out_c; out++, y += o->out_t) {
        memset(y, 0, o->out_t * sizeof *y);
        for (in = 0; in < o->in_c; in++)
            for (tap = 0; tap < o->kernel; tap++, w++) {
                const float *from_x;
                float v = *w;
                span(o, tap, &from, &to, &at);
                if (from == to)
                    continue;
                from_x = x + (size_t)in * o->in_t + at;
                if (o->stride == 1)
                    for (t = 0; t < to - from; t++)
                        y[from + t] += v * from_x[t];
                else
                    for (t = 0; t < to - from; t++)
                        y[from + t] += v * from_x[(size_t)t * o->stride];
            }
        for (t = 0; t < o->out_t; t++)
            y[t] += bias[out];
    }
}

static void pool(const op *o, const float *x, float *y) {
    uint32_t c, t, k;
    for (c = 0; c < o->in_c; c++, x += o->in_t)
        for (t = 0; t < o->out_t; t++) {
            const float *w = x + (size_t)t * o->stride;
            float v = o->kind == MAX_POOL ? w[0] : 0;
            for (k = 0; k < o->kernel; k++)
                if (o->kind == MEAN_POOL)
                    v += w[k];
                else if (w[k] > v)
                    v = w[k];
            *y++ = o->kind == MEAN_POOL ? v / (float)o->kernel : v;
        }
}

static void batch_norm(const op *o, const float *w, const float *x, float *y) {
    uint32_t c, t;
    for (c = 0; c < o->in_c; c++) {
        float mean = w[2 * o->in_c + c], inv = (float)(1 / onset_sqrt((double)w[3 * o->in_c + c] + 1e-5));
        for (t = 0; t < o->in_t; t++)
            *y++ = (*x++ - mean) * inv * w[c] + w[o->in_c + c];
    }
}

static void layer_norm(const op *o, const float *w, const float *x, float *y) {
    size_t n = (size_t)o->in_c * o->in_t, i;
    double m = 0, v = 0;
    float mean, inv;
    for (i = 0; i < n; i++)
        m += x[i];
    m /= (double)n;
    for (i = 0; i < n; i++)
        v += ((double)x[i] - m) * ((double)x[i] - m);
    mean = (float)m;
    inv = (float)(1 / onset_sqrt(v / (double)n + 1e-5));
    for (i = 0; i < n; i++) {
        size_t c = i / o->in_t;
        y[i] = (x[i] - mean) * inv * w[c] + w[o->in_c + c];
    }
}

static void soften(const float *x, float *y, uint32_t n) {
    float top = x[0];
    double sum = 0;
    uint32_t i;
    for (i = 1; i < n; i++)
        top = x[i] > top ? x[i] : top;
    for (i = 0; i < n; i++) {
        double v = onset_exp((double)(x[i] - top));
        y[i] = (float)v;
        sum += v;
    }
    for (i = 0; i < n; i++)
        y[i] = (float)((double)y[i] / sum);
}

/* What one operation makes of x. */
static void apply(const onset_model *m, const op *o, const float *x, float *y, float *kept) {
    const float *w = m->weights + o->offset;
    size_t in = (size_t)o->in_c * o->in_t, i;
    switch (o->kind) {
    case DENSE:
        dense(w, w + in * o->out_c, x, y, in, o->out_c);
        break;
    case CONV:
        conv(o, w, w + (size_t)o->out_c * o->in_c * o->kernel, x, y);
        break;
    case BATCH_NORM:
        batch_norm(o, w, x, y);
        break;
    case LAYER_NORM:
        layer_norm(o, w, x, y);
        break;
    case MAX_POOL:
    case MEAN_POOL:
        pool(o, x, y);
        break;
    case RESIDUAL_END:
        for (i = 0; i < in; i++)
            y[i] = x[i] + kept[i];
        break;
    default:
        memcpy(y, x, in * sizeof *y);
    }
    activate(o->act, y, (size_t)o->out_c * o->out_t);
}

const float *onset_net_run(const onset_model *m, const float *input, float *scratch, layer_probe probe, void *context) {
    float *a = scratch, *b = scratch + m->widest, *kept = b + m->widest;
    const float *x = input;
    uint32_t i, depth = 0, layer = 0;
    for (i = 0; i < m->ops; i++) {
        op o = onset_op(m, i);
        if (o.kind == RESIDUAL)
            memcpy(kept + (size_t)depth++ * m->widest, x, (size_t)o.in_c * o.in_t * sizeof *x);
        else if (o.kind != FLATTEN && o.kind != NOTHING) {
            float *y = x == a ? b : a;
            if (o.kind == RESIDUAL_END)
                depth--;
            apply(m, &o, x, y, kept + (size_t)depth * m->widest);
            x = y;
        }
        if ((o.flags & REPORTED) && probe != NULL) {
            const float *told = x;
            if (o.flags & SOFTMAX) {
                float *y = x == a ? b : a;
                soften(x, y, o.out_c);
                told = y;
            }
            if (!probe(context, layer, told, o.out_c * o.out_t))
                return NULL;
        }
        layer += o.flags & REPORTED;
    }
    return x;
}
