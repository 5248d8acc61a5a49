/* Runs a fuzz target once over each file of the folders named: how the corpus stays a regression test where
 * libFuzzer is not built in. */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int run_file(const char *path)
{
    FILE *f = fopen(path, "rb");
    if (f == NULL)
        return -1;
    fseek(f, 0, SEEK_END);
    long size = ftell(f);
    rewind(f);
    /* Exactly as large as the input, so that a sanitizer sees a read past the end. */
    uint8_t *data = malloc(size > 0 ? (size_t)size : 1);
    size_t got = data != NULL && size > 0 ? fread(data, 1, (size_t)size, f) : 0;
    fclose(f);
    if (data != NULL)
        LLVMFuzzerTestOneInput(data, got);
    free(data);
    return 0;
}

int main(int argc, char **argv)
{
    unsigned count = 0;
    for (int i = 1; i < argc; i++) {
        DIR *folder = opendir(argv[i]);
        if (folder == NULL) {
            fprintf(stderr, "cannot open the corpus %s\n", argv[i]);
            return 1;
        }
        for (struct dirent *entry; (entry = readdir(folder)) != NULL;) {
            char path[4096];
            if (entry->d_name[0] == '.')
                continue;
            snprintf(path, sizeof path, "%s/%s", argv[i], entry->d_name);
            if (run_file(path) == 0)
                count++;
        }
        closedir(folder);
    }
    printf("%u inputs\n", count);
    return count > 0 ? 0 : 1;
}
