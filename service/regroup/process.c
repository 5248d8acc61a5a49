#include "regroup/process.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define UNDER_SANITIZER 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define UNDER_SANITIZER 1
#endif
#endif
#ifndef UNDER_SANITIZER
#define UNDER_SANITIZER 0
#endif

int process_follow_parent(struct err *e)
{
    pid_t parent = getppid();
    if (prctl(PR_SET_PDEATHSIG, SIGTERM) != 0)
        return err_set(e, ERR_INTERNAL, "asking to end with the parent process: %s", strerror(errno));
    if (getppid() != parent)
        return err_set(e, ERR_CANCELLED, "whoever started this run has ended");
    return ERR_OK;
}

void process_offer_memory(void)
{
    static const char score[] = "500";
    int fd = open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC);
    if (fd < 0)
        return;
    /* Refused where a lower score was set on purpose: then that stays. */
    ssize_t ignored = write(fd, score, sizeof score - 1);
    (void)ignored;
    close(fd);
}

int process_limit_memory(int64_t bytes, struct err *e)
{
    if (bytes == 0 || UNDER_SANITIZER)
        return ERR_OK;
    struct rlimit limit = {(rlim_t)bytes, (rlim_t)bytes};
    if (setrlimit(RLIMIT_AS, &limit) != 0)
        return err_set(e, ERR_INTERNAL, "limiting memory to %lld bytes: %s", (long long)bytes,
                       strerror(errno));
    return ERR_OK;
}
