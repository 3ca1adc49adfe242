/* onset-device: an exported model on a computer, as a device runs it.
 *
 *   onset-device self-test DIR [FORM]          computes the golden vectors
 *   onset-device run DIR [FORM] < samples.csv  prints decisions as JSON lines
 *
 * FORM is f32 (exact, the default), f16 or int8, where the export holds it.
 *
 * This file may use the whole C library and memory of its own; the runtime
 * beside it does neither. */
#if defined(__unix__) || defined(__APPLE__)
#define _POSIX_C_SOURCE 200809L /* open's O_NOFOLLOW as well */
#define CAN_MAP 1
#endif

#include "device_csv.h"
#include "device_print.h"
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

/* A file of a folder, mapped or read; data is NULL when it is not there. A link
 * is not followed where the platform tells one: what it leads to is no part of
 * the export, and *odd tells that one lies there. */
static onset_bytes load(const char *folder, const char *name, int *odd) {
    onset_bytes b = {NULL, 0};
    size_t n = strlen(folder) + strlen(name) + 2;
    char *path = malloc(n);
    if (path == NULL)
        return b;
    snprintf(path, n, "%s/%s", folder, name);
#ifdef CAN_MAP
    {
        struct stat about;
        int file = lstat(path, &about) == 0 && S_ISREG(about.st_mode) ? open(path, O_RDONLY | O_NOFOLLOW) : -1;
        *odd = file < 0 && lstat(path, &about) == 0;
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
    *odd = 0;
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

static void unload(onset_bytes b) {
    if (b.data == NULL)
        return;
#ifdef CAN_MAP
    if (b.size > 0)
        munmap((void *)(size_t)b.data, b.size);
#else
    free((void *)(size_t)b.data);
#endif
}

/* A part of a folder; a link in its place is refused, and *ok becomes 0. */
static onset_bytes part(const char *folder, const char *name, int *ok, onset_error *e) {
    int odd = 0;
    onset_bytes b = load(folder, name, &odd);
    if (odd && *ok) {
        *ok = 0;
        e->status = ONSET_MISSING;
        snprintf(e->text, sizeof e->text, "%.100s: it is a link, a folder, or can't be read", name);
    }
    return b;
}

static int refused(const char *folder, const onset_error *e) {
    fprintf(stderr, "onset-device: the exported model in %s is refused: %s\n", folder, e->text);
    return 1;
}

/* Every part that model.json lists and that lies in the folder, against its
 * checksum. */
static int parts_whole(const char *folder, onset_bytes json, onset_error *e) {
    onset_name name;
    uint32_t i;
    for (i = 0; onset_part(json, i, &name); i++) {
        char path[256];
        onset_bytes b;
        int ok;
        if (name.length == 0 || name.length >= sizeof path) {
            snprintf(e->text, sizeof e->text, "model.json: it lists a part without a name, or with a name too long");
            return 0;
        }
        memcpy(path, name.text, name.length);
        path[name.length] = 0;
        if (path[0] == '/' || strstr(path, "..") != NULL || strchr(path, '\\') != NULL) {
            snprintf(e->text, sizeof e->text, "model.json: it lists the part %.100s, which lies elsewhere", path);
            return 0;
        }
        ok = 1;
        b = part(folder, path, &ok, e);
        if (!ok)
            return 0;
        if (b.data == NULL)
            continue; /* a device needs no card */
        ok = onset_check_part(json, path, b, e) == ONSET_OK;
        unload(b);
        if (!ok)
            return 0;
    }
    return 1;
}

/* An open folder: its files, and the memory of unpacked weights. */
typedef struct opened {
    onset_files files;
    onset_model model;
    void *weights;
} opened;

static int open_folder(const char *folder, const char *form, opened *o, onset_error *e) {
    static const char *const weights[3] = {"weights.f32", "weights.f16", "weights.i8"};
    static const char *const golden[3] = {"golden.bin", "golden.f16.bin", "golden.i8.bin"};
    onset_files *f = &o->files;
    int ok = 1;
    f->form = strcmp(form, "f16") == 0 ? ONSET_F16 : strcmp(form, "int8") == 0 ? ONSET_INT8 : ONSET_F32;
    f->device = part(folder, "device.bin", &ok, e);
    f->model = part(folder, "model.json", &ok, e);
    f->weights = part(folder, weights[f->form], &ok, e);
    f->golden = part(folder, golden[f->form], &ok, e);
    if (!ok)
        return 0;
    if (f->model.data == NULL || f->golden.data == NULL) {
        e->status = ONSET_MISSING;
        snprintf(e->text, sizeof e->text, "%s: it is missing", f->model.data == NULL ? "model.json" : golden[f->form]);
        return 0;
    }
    if (onset_open(&o->model, f, e) != ONSET_OK || !parts_whole(folder, f->model, e))
        return 0;
    if (onset_unpacked_size(&o->model) == 0)
        return 1;
    o->weights = malloc(onset_unpacked_size(&o->model));
    return onset_unpack(&o->model, o->weights, onset_unpacked_size(&o->model), e) == ONSET_OK;
}

static void close_folder(opened *o) {
    unload(o->files.device);
    unload(o->files.model);
    unload(o->files.weights);
    unload(o->files.golden);
    free(o->weights);
}

static int self_test(const char *folder, opened *o, onset_error *e) {
    onset_proof proof;
    size_t size = onset_scratch_size(&o->model);
    void *scratch = malloc(size);
    int failed = onset_self_test(&o->model, scratch, size, &proof, e) != ONSET_OK;
    free(scratch);
    if (failed)
        return refused(folder, e);
    printf("{\"ok\":true,\"golden_vectors\":%u,\"golden_layers\":%u,\"worst_ulp\":%u,\"worst_probability_error\":%g,\"scratch_bytes\":%lu}\n",
           (unsigned)proof.vectors, (unsigned)proof.layers, (unsigned)proof.worst_ulp, proof.worst_probability, (unsigned long)size);
    return 0;
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

static int no_samples(const char *why) {
    fprintf(stderr, "onset-device: the samples are refused: %s\n", why);
    return 1;
}

/* Lives what was recorded; its memory is the caller's to free. */
static int lived(opened *o, recorded *r, void **memory, onset_error *e) {
    onset_model *m = &o->model;
    onset_options options;
    onset_session *s;
    size_t size;
    if (!recorded_keep(r, m))
        return no_samples("no recording holds a sensor that the model reads");
    memset(&options, 0, sizeof options);
    options.cued = r->cues > 0;
    options.most_sets = 1024;
    options.site = r->site;
    options.decided = print_decision;
    options.context = m;
    size = onset_arena_size(m, r->stream, r->streams, &options);
    *memory = size == 0 ? NULL : malloc(size);
    if (onset_begin(&s, m, r->stream, r->streams, &options, *memory, size, e) != ONSET_OK || !live(s, r, e))
        return no_samples(e->text);
    fflush(stdout);
    return ferror(stdout) ? 1 : 0;
}

static int run(opened *o, onset_error *e) {
    static recorded r;
    size_t size;
    char *text = read_all(stdin, &size);
    void *memory = NULL;
    int code;
    if (text == NULL)
        return no_samples("there is no memory for them");
    code = recorded_read(&r, text, e) ? lived(o, &r, &memory, e) : no_samples(e->text);
    recorded_free(&r);
    free(memory);
    free(text);
    return code;
}

int main(int argc, char **argv) {
    static opened o;
    onset_error e = {ONSET_OK, ""};
    const char *form = argc == 4 ? argv[3] : "f32";
    int test = argc > 2 && strcmp(argv[1], "self-test") == 0, code;
    if (argc < 3 || argc > 4 || (!test && strcmp(argv[1], "run") != 0) ||
        (strcmp(form, "f32") != 0 && strcmp(form, "f16") != 0 && strcmp(form, "int8") != 0)) {
        fprintf(stderr, "usage: onset-device self-test DIR [f32|f16|int8]\n       onset-device run DIR [f32|f16|int8] < samples.csv\n");
        return 2;
    }
    if (!open_folder(argv[2], form, &o, &e))
        code = refused(argv[2], &e);
    else
        code = test ? self_test(argv[2], &o, &e) : run(&o, &e);
    close_folder(&o);
    return code;
}
