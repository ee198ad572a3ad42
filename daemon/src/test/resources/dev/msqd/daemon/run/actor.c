/*
 * Makes the System V message queue calls that it reads, a line each, and writes what became of them.
 *
 *   actor           one thread:  "msgsnd 0 1 6162 2 0"    ->  "ERRNO RESULT"
 *   actor threads   many:        "7 msgsnd 0 1 6162 2 0"  ->  "7 ERRNO RESULT", by its seventh thread
 *
 * A thread's first line, without being asked, is where /proc shows it; with threads, it answers "task". "7 interrupt" sends SIGWINCH to
 * that thread, which is caught with SA_RESTART. "spawn IN OUT PROGRAM..." starts a program with two files as its standard input and output.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/msg.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define MAX_WORDS 64
#define MAX_THREADS 4096

struct worker {
    pthread_t thread;
    int number;
    pid_t tid;
    pthread_mutex_t lock;
    pthread_cond_t changed;
    char *line;
};

static struct worker *workers[MAX_THREADS];
static pthread_mutex_t output = PTHREAD_MUTEX_INITIALIZER;

static void caught(int signal) {
    (void) signal;
}

/* Memory that ends where nothing may be read or written. */
static char *guarded(size_t length, void **base, size_t *mapped) {
    size_t page = sysconf(_SC_PAGESIZE);
    size_t body = (length + page - 1) / page * page;
    *mapped = body + page;
    *base = mmap(NULL, *mapped, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (*base == MAP_FAILED) {
        abort();
    }
    mprotect((char *) *base + body, page, PROT_NONE);
    return (char *) *base + body - length;
}

static void describe(char *reply, int id, struct msqid_ds *ds) {
    struct { int key; unsigned uid, gid, cuid, cgid, mode; } p = {
        ds->msg_perm.__key, ds->msg_perm.uid, ds->msg_perm.gid, ds->msg_perm.cuid, ds->msg_perm.cgid, ds->msg_perm.mode};
    sprintf(reply, "0 %d %d %u %u %u %u %u %lu %lu %lu %d %d %ld %ld %ld", id, p.key, p.uid, p.gid, p.cuid, p.cgid, p.mode,
        (unsigned long) ds->__msg_cbytes, (unsigned long) ds->msg_qnum, (unsigned long) ds->msg_qbytes, ds->msg_lspid,
        ds->msg_lrpid, (long) ds->msg_stime, (long) ds->msg_rtime, (long) ds->msg_ctime);
}

static void failed(char *reply) {
    sprintf(reply, "%d %s", errno, strerror(errno));
}

static void spawn(char **words) {
    if (fork() == 0) {
        int in = open(words[1], O_RDONLY);
        int out = open(words[2], O_WRONLY);
        dup2(in, 0);
        dup2(out, 1);
        execvp(words[3], words + 3);
        _exit(127);
    }
}

/* Executes a call; the reply is allocated. */
static char *perform(char *line) {
    char *words[MAX_WORDS + 1] = {0};
    int count = 0;
    char *rest = NULL;
    size_t room = 2 * strlen(line) + 512;
    for (char *word = line; count < MAX_WORDS; count++) {
        words[count] = word;
        rest = strchr(word, ' ');
        if (rest == NULL) {
            count++;
            break;
        }
        *rest = 0;
        word = rest + 1;
    }
    long n[8] = {0};
    for (int i = 1; i < count && i < 8; i++) {
        n[i] = strtol(words[i], NULL, 10);
    }
    if (strcmp(words[0], "msgrcv") == 0) {
        room += 2 * n[2];
    }
    char *reply = malloc(room);
    void *base = NULL;
    size_t mapped = 0;
    if (strcmp(words[0], "msgget") == 0) {
        int id = msgget((key_t) n[1], (int) n[2]);
        id < 0 ? failed(reply) : (void) sprintf(reply, "0 %d", id);
    } else if (strcmp(words[0], "msgsnd") == 0) {
        size_t length = strlen(words[3]) / 2;
        char *msgp = guarded(sizeof(long) + length, &base, &mapped);
        memcpy(msgp, &n[2], sizeof(long));
        for (size_t i = 0; i < length; i++) {
            unsigned byte;
            sscanf(words[3] + 2 * i, "%2x", &byte);
            msgp[sizeof(long) + i] = (char) byte;
        }
        msgsnd((int) n[1], msgp, (size_t) n[4], (int) n[5]) < 0 ? failed(reply) : (void) strcpy(reply, "0 ");
    } else if (strcmp(words[0], "msgrcv") == 0) {
        char *msgp = guarded(sizeof(long) + n[2], &base, &mapped);
        ssize_t length = msgrcv((int) n[1], msgp, (size_t) n[3], n[4], (int) n[5]);
        if (length < 0) {
            failed(reply);
        } else {
            long mtype;
            memcpy(&mtype, msgp, sizeof(long));
            int at = sprintf(reply, "0 %ld ", mtype);
            for (ssize_t i = 0; i < length; i++) {
                at += sprintf(reply + at, "%02x", (unsigned char) msgp[sizeof(long) + i]);
            }
        }
    } else if (strcmp(words[0], "msgctl") == 0) {
        struct msqid_ds ds;
        int result = msgctl((int) n[1], (int) n[2], &ds);
        if (result < 0) {
            failed(reply);
        } else if (n[2] == IPC_STAT || n[2] == MSG_STAT || n[2] == 13) {
            describe(reply, n[2] == IPC_STAT ? (int) n[1] : result, &ds);
        } else {
            strcpy(reply, "0 ");
        }
    } else if (strcmp(words[0], "set") == 0) {
        struct msqid_ds ds;
        memset(&ds, 0, sizeof ds);
        ds.msg_perm.uid = (uid_t) n[2];
        ds.msg_perm.gid = (gid_t) n[3];
        ds.msg_perm.mode = (unsigned short) n[4];
        ds.msg_qbytes = (msglen_t) n[5];
        msgctl((int) n[1], IPC_SET, &ds) < 0 ? failed(reply) : (void) strcpy(reply, "0 ");
    } else if (strcmp(words[0], "info") == 0) {
        struct msginfo info;
        int highest = msgctl((int) n[1], (int) n[2], (struct msqid_ds *) &info);
        if (highest < 0) {
            failed(reply);
        } else {
            sprintf(reply, "0 %d %d %d %d %d %d %d %d %d", highest, info.msgpool, info.msgmap, info.msgmax, info.msgmnb,
                info.msgmni, info.msgssz, info.msgtql, info.msgseg);
        }
    } else if (strcmp(words[0], "task") == 0) {
        sprintf(reply, "0 /proc/%d/task/%ld", getpid(), syscall(SYS_gettid));
    } else if (strcmp(words[0], "spawn") == 0) {
        spawn(words);
        strcpy(reply, "0 ");
    } else {
        sprintf(reply, "%d there is no %s", ENOSYS, words[0]);
    }
    if (base != NULL) {
        munmap(base, mapped);
    }
    return reply;
}

static void *work(void *argument) {
    struct worker *self = argument;
    pthread_mutex_lock(&self->lock);
    self->tid = (pid_t) syscall(SYS_gettid);
    pthread_cond_broadcast(&self->changed);
    while (1) {
        while (self->line == NULL) {
            pthread_cond_wait(&self->changed, &self->lock);
        }
        char *line = self->line;
        self->line = NULL;
        pthread_mutex_unlock(&self->lock);
        char *reply = perform(line);
        pthread_mutex_lock(&output);
        printf("%d %s\n", self->number, reply);
        fflush(stdout);
        pthread_mutex_unlock(&output);
        free(reply);
        free(line);
        pthread_mutex_lock(&self->lock);
    }
    return NULL;
}

static struct worker *worker(int number) {
    struct worker *self = workers[number];
    if (self == NULL) {
        pthread_attr_t attributes;
        pthread_attr_init(&attributes);
        pthread_attr_setstacksize(&attributes, 128 * 1024);
        self = workers[number] = calloc(1, sizeof *self);
        self->number = number;
        pthread_mutex_init(&self->lock, NULL);
        pthread_cond_init(&self->changed, NULL);
        pthread_create(&self->thread, &attributes, work, self);
        pthread_mutex_lock(&self->lock);
        while (self->tid == 0) {
            pthread_cond_wait(&self->changed, &self->lock);
        }
        pthread_mutex_unlock(&self->lock);
    }
    return self;
}

int main(int argc, char **argv) {
    int threads = argc > 1 && strcmp(argv[1], "threads") == 0;
    struct sigaction action;
    memset(&action, 0, sizeof action);
    action.sa_handler = caught;
    action.sa_flags = SA_RESTART;
    sigaction(SIGWINCH, &action, NULL);
    signal(SIGCHLD, SIG_IGN);
    umask(077);
    if (!threads) {
        printf("/proc/%d/task/%d\n", getpid(), getpid());
        fflush(stdout);
    }
    char *line = NULL;
    size_t size = 0;
    ssize_t length;
    while ((length = getline(&line, &size, stdin)) > 0) {
        line[length - 1] = 0;
        if (threads) {
            char *call;
            int number = (int) strtol(line, &call, 10) % MAX_THREADS;
            struct worker *chosen = worker(number);
            call++;
            if (strcmp(call, "interrupt") == 0) {
                syscall(SYS_tgkill, getpid(), chosen->tid, SIGWINCH);
                continue;
            }
            pthread_mutex_lock(&chosen->lock);
            chosen->line = strdup(call);
            pthread_cond_broadcast(&chosen->changed);
            pthread_mutex_unlock(&chosen->lock);
        } else {
            char *reply = perform(line);
            printf("%s\n", reply);
            fflush(stdout);
            free(reply);
        }
    }
    return 0;
}
