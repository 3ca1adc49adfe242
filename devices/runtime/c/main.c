/* onset-device: an exported model on a computer, as a device runs it.
 *
 *   onset-device self-test DIR          computes the golden vectors
 *   onset-device run DIR < samples.csv  prints decisions as JSON lines
 *
 * This file may use the whole C library and memory of its own; the runtime
 * beside it does neither. */
#if defined(__unix__) || defined(__APPLE__)
#define _POSIX_C_SOURCE 200809L
#define CAN_MAP 1
#endif

#include "device_csv.h"
#include "onset.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#ifdef CAN_MAP
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>
#endif

/* A file of a folder, mapped or read; data is NULL when it is not there. */
static onset_bytes load(const char *folder, const char *name) {
    onset_bytes b = {NULL, 0};
    size_t n = strlen(folder) + strlen(name) + 2;
    char *path = malloc(n);
    if (path == NULL)
        return b;
    snprintf(path, n, "%s/%s", folder, name);
#ifdef CAN_MAP
    {
        int file = open(path, O_RDONLY);
        struct stat about;
        if (file >= 0 && fstat(file, &about) == 0 && S_ISREG(about.st_mode)) {
            if (about.st_size == 0)
                b.data = "";
            else {
                void *at = mmap(NULL, (size_t)about.st_size, PROT_READ, MAP_PRIVATE, file, 0);
                if (at != MAP_FAILED) {
                    b.data = at;
                    b.size = (size_t)about.st_size;
                }
            }
        }
        if (file >= 0)
            close(file);
    }
#else
    {
        FILE *file = fopen(path, "rb");
        if (file != NULL) {
            b.data = read_all(file, &b.size);
            fclose(file);
        }
    }
#endif
    free(path);
    return b;
}

static int refused(const char *folder, const onset_error *e) {
    fprintf(stderr, "onset-device: the exported model in %s is refused: %s\n", folder, e->text);
    return 1;
}

static int open_folder(const char *folder, onset_model *m, onset_error *e) {
    onset_files f;
    f.device = load(folder, "device.bin");
    f.model = load(folder, "model.json");
    f.weights = load(folder, "weights.f32");
    f.golden = load(folder, "golden.bin");
    if (f.model.data == NULL || f.golden.data == NULL) {
        e->status = ONSET_MISSING;
        snprintf(e->text, sizeof e->text, "%s: it is missing", f.model.data == NULL ? "model.json" : "golden.bin");
        return 0;
    }
    return onset_open(m, &f, e) == ONSET_OK;
}

static int self_test(const char *folder) {
    static onset_model m;
    onset_error e = {ONSET_OK, ""};
    onset_proof proof;
    void *scratch;
    int failed;
    if (!open_folder(folder, &m, &e))
        return refused(folder, &e);
    scratch = malloc(onset_scratch_size(&m));
    failed = onset_self_test(&m, scratch, onset_scratch_size(&m), &proof, &e) != ONSET_OK;
    free(scratch);
    if (failed)
        return refused(folder, &e);
    printf("{\"ok\":true,\"golden_vectors\":%u,\"golden_layers\":%u,\"worst_ulp\":%u,\"worst_probability_error\":%g,\"scratch_bytes\":%lu}\n",
           (unsigned)proof.vectors, (unsigned)proof.layers, (unsigned)proof.worst_ulp, proof.worst_probability,
           (unsigned long)onset_scratch_size(&m));
    return 0;
}

static void print_name(onset_name n) {
    uint32_t i;
    putchar('"');
    for (i = 0; i < n.length; i++) {
        unsigned char c = (unsigned char)n.text[i];
        if (c == '"' || c == '\\')
            printf("\\%c", c);
        else if (c < 32)
            printf("\\u%04x", c);
        else
            putchar(c);
    }
    putchar('"');
}

static void print_distribution(const onset_model *m, const char *key, const double *p, uint32_t n) {
    uint32_t i;
    printf(",\"%s\":{", key);
    for (i = 0; i < n; i++) {
        printf("%s", i == 0 ? "" : ",");
        print_name(onset_exercise(m, i));
        printf(":%.17g", p == NULL ? 1 / (double)n : p[i]);
    }
    putchar('}');
}

static void decided(void *context, const onset_decision *d) {
    static const char *const sources[ONSET_SOURCES] = {"sensor", "markov", "place", "memory"};
    const onset_model *m = context;
    onset_name none = {"", 0};
    int i;
    if (d->taken_back) {
        printf("{\"at_s\":%.17g,\"onset_s\":%.17g,\"taken_back\":true}\n", d->at_s, d->onset_s);
        return;
    }
    printf("{\"at_s\":%.17g,\"onset_s\":%.17g,\"onset_sd\":%.17g,\"fused\":", d->at_s, d->onset_s, d->onset_sd);
    print_name(d->exercise < 0 ? none : onset_exercise(m, (uint32_t)d->exercise));
    printf(",\"p\":%.17g,\"margin\":%.17g", d->p, d->margin);
    for (i = 0; i < ONSET_SOURCES; i++)
        print_distribution(m, sources[i], d->said[i], d->exercises);
    print_distribution(m, "fused_distribution", d->fused, d->exercises);
    if (d->missing != NULL)
        printf(",\"sensor_missing\":\"%s\"", d->missing);
    printf("}\n");
    fflush(stdout);
}

/* Tells the session everything in packets of a second, as `onsetctl replay` does. */
static int live(onset_session *s, recorded *r, onset_error *e) {
    double end = recorded_end(r), to;
    uint32_t packet;
    for (packet = 0; packet < end || recorded_left(r); packet++) {
        to = (double)packet + 1;
        if (!recorded_tell(r, s, to, e) || onset_advance(s, to, e) != ONSET_OK)
            return 0;
    }
    return onset_finish(s, e) == ONSET_OK;
}

static int run(const char *folder) {
    static onset_model m;
    onset_error e = {ONSET_OK, ""};
    onset_options o;
    onset_session *s;
    recorded r;
    size_t size;
    char *text;
    void *memory;
    if (!open_folder(folder, &m, &e))
        return refused(folder, &e);
    if ((text = read_all(stdin, &size)) == NULL || !recorded_read(&r, text, &e)) {
        fprintf(stderr, "onset-device: the samples are refused: %s\n", text == NULL ? "there is no memory for them" : e.text);
        return 1;
    }
    if (!recorded_keep(&r, &m)) {
        fprintf(stderr, "onset-device: the samples are refused: no recording holds a sensor that the model reads\n");
        return 1;
    }
    memset(&o, 0, sizeof o);
    o.cued = r.cues > 0;
    o.most_sets = 1024;
    o.site = r.site;
    o.decided = decided;
    o.context = &m;
    size = onset_arena_size(&m, r.stream, r.streams, &o);
    memory = size == 0 ? NULL : malloc(size);
    if (onset_begin(&s, &m, r.stream, r.streams, &o, memory, size, &e) != ONSET_OK || !live(s, &r, &e)) {
        fprintf(stderr, "onset-device: the samples are refused: %s\n", e.text);
        return 1;
    }
    fflush(stdout);
    free(memory);
    free(text);
    return ferror(stdout) ? 1 : 0;
}

int main(int argc, char **argv) {
    if (argc == 3 && strcmp(argv[1], "self-test") == 0)
        return self_test(argv[2]);
    if (argc == 3 && strcmp(argv[1], "run") == 0)
        return run(argv[2]);
    fprintf(stderr, "usage: onset-device self-test DIR\n       onset-device run DIR < samples.csv\n");
    return 2;
}
