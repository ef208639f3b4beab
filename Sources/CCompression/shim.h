// What sub-batches of streams are compressed with, gzip aside, which CDeflate has.

#ifndef CCOMPRESSION_SHIM_H
#define CCOMPRESSION_SHIM_H

#include <lz4frame.h>
#include <snappy-c.h>
#include <stdbool.h>
#include <zstd.h>

/// Decompresses frames of LZ4, one after the other. Returns whether they are whole and fill `target` to its last byte.
static inline bool ccompression_lz4(const void *source, size_t source_size, void *target, size_t target_size) {
    LZ4F_dctx *context = NULL;
    if (LZ4F_isError(LZ4F_createDecompressionContext(&context, LZ4F_VERSION))) return false;
    const char *from = (const char *)source;
    char *to = (char *)target;
    size_t hint = 0, read = 0, written = 0;
    bool is_good = true;
    while (is_good && read < source_size) {
        size_t in = source_size - read, out = target_size - written;
        hint = LZ4F_decompress(context, to + written, &out, from + read, &in, NULL);
        is_good = !LZ4F_isError(hint) && (in > 0 || out > 0);
        read += in;
        written += out;
    }
    LZ4F_freeDecompressionContext(context);
    return is_good && hint == 0 && written == target_size;
}

static inline bool ccompression_zstd(const void *source, size_t source_size, void *target, size_t target_size) {
    size_t written = ZSTD_decompress(target, target_size, source, source_size);
    return !ZSTD_isError(written) && written == target_size;
}

/// Decompresses one block of snappy, without framing. Returns the bytes written; 0 where it is damaged or has no room.
static inline size_t ccompression_snappy(const void *source, size_t source_size, void *target, size_t target_size) {
    size_t size = target_size;
    if (snappy_uncompress((const char *)source, source_size, (char *)target, &size) != SNAPPY_OK) return 0;
    return size;
}

#endif
