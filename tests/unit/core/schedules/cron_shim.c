/* Loaded into Debian's cron (LD_PRELOAD): lets its time pass by itself, and runs nothing.
 *
 * time() begins at CRON_BEGIN, sleep() lets it pass at once, and at CRON_END the program ends. What cron would log is
 * appended to CRON_LOG behind the time. Its files are looked for below CRON_ROOT: no crontab of the machine is read.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <dlfcn.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static time_t at;

static void __attribute__((constructor)) begin(void) { at = atol(getenv("CRON_BEGIN")); }

time_t time(time_t *where) {
    if (where) *where = at;
    return at;
}

unsigned int sleep(unsigned int seconds) {
    at += seconds;
    if (at > atol(getenv("CRON_END"))) {
        while (wait(NULL) > 0) {}
        _exit(0);
    }
    return 0;
}

static void note(const char *format, va_list values) {
    char text[400], line[500];
    vsnprintf(text, sizeof text, format, values);
    int length = snprintf(line, sizeof line, "%ld %s\n", (long)at, text);
    int log = open(getenv("CRON_LOG"), O_WRONLY | O_APPEND | O_CREAT, 0600);
    if (write(log, line, length) != length) _exit(1);
    close(log);
}

void __syslog_chk(int priority, int flag, const char *format, ...) {
    va_list values;
    va_start(values, format);
    note(format, values);
    va_end(values);
}

static const char *moved(const char *path, char *room) {
    if (strncmp(path, "/etc/cron", 9) && strncmp(path, "/var/spool/cron", 15) && strncmp(path, "/var/run/", 9) &&
        strncmp(path, "/run/", 5))
        return path;
    snprintf(room, PATH_MAX, "%s%s", getenv("CRON_ROOT"), path);
    return room;
}

#define NEXT(name) dlsym(RTLD_NEXT, name)
int chdir(const char *path) { char room[PATH_MAX]; return ((int (*)(const char *))NEXT("chdir"))(moved(path, room)); }
int stat(const char *path, struct stat *found) {
    char room[PATH_MAX];
    return ((int (*)(const char *, struct stat *))NEXT("stat"))(moved(path, room), found);
}
int lstat(const char *path, struct stat *found) {
    char room[PATH_MAX];
    return ((int (*)(const char *, struct stat *))NEXT("lstat"))(moved(path, room), found);
}
DIR *opendir(const char *path) {
    char room[PATH_MAX];
    return ((DIR * (*)(const char *))NEXT("opendir"))(moved(path, room));
}
int open(const char *path, int flags, ...) {
    char room[PATH_MAX];
    va_list rest;
    va_start(rest, flags);
    int mode = va_arg(rest, int);
    va_end(rest);
    return ((int (*)(const char *, int, ...))NEXT("open"))(moved(path, room), flags, mode);
}
int creat(const char *path, mode_t mode) { return open(path, O_WRONLY | O_CREAT | O_TRUNC, mode); }

/* No job runs, and no session begins: a job that cron begins is in the log by now. */
int execle(const char *path, const char *arg, ...) { _exit(0); }
int execvp(const char *path, char *const args[]) { _exit(0); }
int pam_start(const char *service, const char *user, const void *talk, void **handle) { return 0; }
int pam_set_item(void *handle, int kind, const void *value) { return 0; }
int pam_acct_mgmt(void *handle, int flags) { return 0; }
int pam_setcred(void *handle, int flags) { return 0; }
int pam_open_session(void *handle, int flags) { return 0; }
int pam_close_session(void *handle, int flags) { return 0; }
int pam_end(void *handle, int status) { return 0; }
char **pam_getenvlist(void *handle) { return calloc(1, sizeof(char *)); }
