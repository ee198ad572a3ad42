/*
 * What System V's rules and the kernel's own ways promise a program, checked from a C program: "traps CASE". Says what is wrong, and ends
 * with status 1; with 0 and without a word if all is well. Every case holds with the kernel's queues, too.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <pthread.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/msg.h>
#include <sys/sem.h>
#include <sys/shm.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define CHECK(condition) \
    do { \
        if (!(condition)) { \
            printf("line %d: %s (errno %d, %s)\n", __LINE__, #condition, errno, strerror(errno)); \
            fflush(stdout); \
            _exit(1); \
        } \
    } while (0)

struct message {
    long type;
    char text[256];
};

static volatile sig_atomic_t signals;

static void count(int signal) {
    (void) signal;
    signals++;
}

static void catch(int signal, int flags) {
    struct sigaction action;
    memset(&action, 0, sizeof action);
    action.sa_handler = count;
    action.sa_flags = flags;
    CHECK(sigaction(signal, &action, NULL) == 0);
}

static int queue(void) {
    int id = msgget(IPC_PRIVATE, 0600);
    CHECK(id >= 0);
    return id;
}

static void drop(int id) {
    CHECK(msgctl(id, IPC_RMID, NULL) == 0);
}

static void limit(int id, unsigned long bytes) {
    struct msqid_ds ds;
    CHECK(msgctl(id, IPC_STAT, &ds) == 0);
    ds.msg_qbytes = bytes;
    CHECK(msgctl(id, IPC_SET, &ds) == 0);
}

static void nap(long microseconds) {
    usleep((useconds_t) microseconds);
}

/* Until a thread is in a system call that sleeps. */
static void await_in_call(pid_t tid, const char *number) {
    char file[64], text[64];
    snprintf(file, sizeof file, "/proc/%d/syscall", tid);
    do {
        FILE *f = fopen(file, "r");
        CHECK(f != NULL);
        CHECK(fgets(text, sizeof text, f) != NULL);
        fclose(f);
    } while (strncmp(text, number, strlen(number)) != 0);
}

static const char *in_receive(void) {
    static char number[8];
    snprintf(number, sizeof number, "%d ", SYS_msgrcv);
    return number;
}

static const char *in_send(void) {
    static char number[8];
    snprintf(number, sizeof number, "%d ", SYS_msgsnd);
    return number;
}

/* ---- another instruction set has the same numbers */

static void other_arch(void) {
#ifdef __x86_64__
    /* i386's number 70 is setreuid, x86-64's is msgrcv. */
    long result = 70;
    __asm__ volatile("int $0x80" : "+a"(result) : "b"(-1), "c"(-1) : "memory", "r8", "r9", "r10", "r11");
    CHECK(result == 0 || result == -ENOSYS);
#endif
}

/* ---- signals */

static void *interrupter(void *argument) {
    pthread_t thread = *(pthread_t *) argument;
    unsigned seed = 7;
    while (1) {
        pthread_kill(thread, SIGUSR1);
        pthread_kill(thread, SIGUSR2);
        nap(rand_r(&seed) % 700);
    }
    return NULL;
}

/* Both sides are interrupted all the time; every number arrives once. */
static void storm(int flags, int messages) {
    int id = queue();
    limit(id, 64);
    catch(SIGUSR1, flags);
    catch(SIGUSR2, flags ^ SA_RESTART);
    pid_t child = fork();
    CHECK(child >= 0);
    pthread_t self = pthread_self(), other;
    CHECK(pthread_create(&other, NULL, interrupter, &self) == 0);
    struct message m = {0};
    long interrupted = 0;
    if (child == 0) {
        for (int i = 1; i <= messages; i++) {
            m.type = 1;
            memcpy(m.text, &i, sizeof i);
            while (msgsnd(id, &m, 16, 0) != 0) {
                CHECK(errno == EINTR);
                interrupted++;
            }
        }
        _exit(0);
    }
    for (int i = 1; i <= messages; i++) {
        ssize_t length;
        while ((length = msgrcv(id, &m, sizeof m.text, 0, 0)) < 0) {
            CHECK(errno == EINTR);
            interrupted++;
        }
        int number;
        memcpy(&number, m.text, sizeof number);
        if (number != i) {
            printf("message %d came instead of %d\n", number, i);
            fflush(stdout);
            kill(child, SIGKILL);
            _exit(1);
        }
    }
    int status;
    while (waitpid(child, &status, 0) < 0) {
        CHECK(errno == EINTR);
    }
    CHECK(status == 0);
    CHECK(signals > 0);
    CHECK(msgrcv(id, &m, sizeof m.text, 0, IPC_NOWAIT) < 0 && errno == ENOMSG);
    drop(id);
    if (messages >= 5000 && interrupted == 0) {
        printf("no call was interrupted: nothing was tried\n");
        _exit(1);
    }
}

static void *receive_none(void *argument) {
    struct message m;
    long result = msgrcv(*(int *) argument, &m, sizeof m.text, 0, 0);
    return (void *) (intptr_t) (result < 0 ? -errno : result);
}

/* A handler ends the wait, with SA_RESTART and without; what is ignored does not (R26, R28). */
static void handlers(void) {
    int id = queue();
    for (int restart = 0; restart <= 1; restart++) {
        catch(SIGUSR1, restart ? SA_RESTART : 0);
        pid_t child = fork();
        if (child == 0) {
            CHECK(receive_none(&id) == (void *) (intptr_t) -EINTR);
            CHECK(signals == 1);
            _exit(0);
        }
        await_in_call(child, in_receive());
        nap(5000);
        CHECK(kill(child, SIGCHLD) == 0 && kill(child, SIGCONT) == 0);
        nap(5000);
        CHECK(kill(child, SIGUSR1) == 0);
        int status;
        CHECK(waitpid(child, &status, 0) == child && status == 0);
    }
    drop(id);
}

/*
 * A signal that came before there was room wins, although its thread has not run since: somebody more important has its processor for a while
 * (R27; needs root).
 */
static void late(void) {
    int id = queue();
    limit(id, 1);
    struct message m = {1, "x"};
    cpu_set_t first, all;
    CHECK(sched_getaffinity(0, sizeof all, &all) == 0);
    int cpu = 0;
    while (!CPU_ISSET(cpu, &all)) {
        cpu++;
    }
    CPU_ZERO(&first);
    CPU_SET(cpu, &first);
    CPU_CLR(cpu, &all);
    struct sched_param ordinary = {0}, important = {1};
    if (CPU_COUNT(&all) == 0 || sched_setscheduler(0, SCHED_FIFO, &important) != 0) {
        drop(id);
        return; /* one processor, or not allowed */
    }
    CHECK(sched_setscheduler(0, SCHED_OTHER, &ordinary) == 0 && sched_setaffinity(0, sizeof all, &all) == 0);
    catch(SIGUSR1, SA_RESTART);
    for (int i = 0; i < 5; i++) {
        CHECK(msgsnd(id, &m, 1, 0) == 0);
        pid_t child = fork();
        if (child == 0) {
            CHECK(sched_setaffinity(0, sizeof first, &first) == 0);
            signals = 0;
            CHECK(msgsnd(id, &m, 1, 0) == -1 && errno == EINTR && signals == 1);
            _exit(0);
        }
        await_in_call(child, in_send());
        nap(5000);
        pid_t spinner = fork();
        if (spinner == 0) {
            CHECK(sched_setaffinity(0, sizeof first, &first) == 0);
            CHECK(sched_setscheduler(0, SCHED_FIFO, &important) == 0);
            struct timespec begin, now;
            clock_gettime(CLOCK_MONOTONIC, &begin);
            do {
                clock_gettime(CLOCK_MONOTONIC, &now);
            } while ((now.tv_sec - begin.tv_sec) * 1000000000L + now.tv_nsec - begin.tv_nsec < 100000000L);
            _exit(0);
        }
        nap(20000);
        CHECK(kill(child, SIGUSR1) == 0);
        CHECK(msgrcv(id, &m, sizeof m.text, 0, IPC_NOWAIT) == 1);
        int status;
        CHECK(waitpid(spinner, &status, 0) == spinner && status == 0);
        CHECK(waitpid(child, &status, 0) == child && status == 0);
        CHECK(msgrcv(id, &m, sizeof m.text, 0, IPC_NOWAIT) == -1 && errno == ENOMSG);
    }
    drop(id);
}

static sigjmp_buf out;

static void leap(int signal) {
    (void) signal;
    siglongjmp(out, 1);
}

/* A handler that never returns. */
static void jump(void) {
    int id = queue();
    signal(SIGALRM, leap);
    for (int i = 0; i < 50; i++) {
        if (sigsetjmp(out, 1) == 0) {
            struct itimerval soon = {{0, 0}, {0, 2000}};
            setitimer(ITIMER_REAL, &soon, NULL);
            receive_none(&id);
            CHECK(0);
        }
    }
    struct message m = {1, "x"};
    CHECK(msgsnd(id, &m, 1, 0) == 0);
    CHECK(msgrcv(id, &m, sizeof m.text, 0, IPC_NOWAIT) == 1);
    drop(id);
}

/* A stopped receiver is handed nothing, and goes on when it is continued (R56). */
static void stop(void) {
    int id = queue();
    pid_t child = fork();
    if (child == 0) {
        CHECK(receive_none(&id) == (void *) 1);
        _exit(0);
    }
    await_in_call(child, in_receive());
    nap(5000);
    int status;
    CHECK(kill(child, SIGSTOP) == 0);
    CHECK(waitpid(child, &status, WUNTRACED) == child && WIFSTOPPED(status));
    struct message m = {1, "x"};
    struct msqid_ds ds;
    CHECK(msgsnd(id, &m, 1, 0) == 0);
    CHECK(msgctl(id, IPC_STAT, &ds) == 0 && ds.msg_qnum == 1);
    CHECK(kill(child, SIGCONT) == 0);
    CHECK(waitpid(child, &status, 0) == child && status == 0);
    CHECK(msgctl(id, IPC_STAT, &ds) == 0 && ds.msg_qnum == 0 && ds.msg_lrpid == child);
    drop(id);
}

/* Killed in a call, it leaves the line. */
static void killed(void) {
    int id = queue();
    pid_t child = fork();
    if (child == 0) {
        receive_none(&id);
        _exit(0);
    }
    await_in_call(child, in_receive());
    nap(5000);
    int status;
    CHECK(kill(child, SIGKILL) == 0 && waitpid(child, &status, 0) == child);
    nap(100000);
    struct message m = {1, "x"};
    CHECK(msgsnd(id, &m, 1, 0) == 0);
    CHECK(msgrcv(id, &m, sizeof m.text, 0, IPC_NOWAIT) == 1);
    drop(id);
}

/*
 * Under msqd run alone: our parent answers the calls. It is stopped for a while, so that a signal comes surely after a call was made, and
 * surely before anybody has seen the call.
 */
static pid_t halt(void) {
    pid_t supervisor = getppid();
    CHECK(kill(supervisor, SIGSTOP) == 0);
    /* Each of its threads stops when it gets to it. */
    nap(200000);
    return supervisor;
}

static void unseen(int flags, int nowait, int twice) {
    int id = queue();
    catch(SIGUSR1, flags);
    catch(SIGUSR2, 0);
    int ready[2];
    CHECK(pipe(ready) == 0);
    pid_t child = fork();
    if (child == 0) {
        char c;
        struct message m;
        CHECK(read(ready[0], &c, 1) == 1);
        errno = 0;
        CHECK(msgrcv(id, &m, sizeof m.text, 0, nowait ? IPC_NOWAIT : 0) < 0);
        CHECK(errno == (nowait ? ENOMSG : EINTR));
        CHECK(signals == 1 + twice);
        _exit(0);
    }
    pid_t supervisor = halt();
    CHECK(write(ready[1], "x", 1) == 1);
    nap(100000);
    CHECK(kill(child, SIGUSR1) == 0);
    nap(100000);
    if (twice) {
        /* Now the first handler returns, which is notified, too. */
        CHECK(kill(child, SIGUSR2) == 0);
        nap(100000);
    }
    CHECK(kill(supervisor, SIGCONT) == 0);
    int status;
    CHECK(waitpid(child, &status, 0) == child);
    CHECK(status == 0);
    drop(id);
}

/* A thread that becomes somebody else before anybody has seen it ask: that never ends with EINTR (needs root). */
static void unseen_change(void) {
    catch(SIGUSR1, 0);
    pid_t supervisor = halt();
    pid_t child = fork();
    if (child == 0) {
        CHECK(setresuid(-1, 20001, -1) == 0);
        CHECK(signals == 1 && geteuid() == 20001);
        _exit(0);
    }
    nap(100000);
    CHECK(kill(child, SIGUSR1) == 0);
    nap(100000);
    CHECK(kill(supervisor, SIGCONT) == 0);
    int status;
    CHECK(waitpid(child, &status, 0) == child && status == 0);
}

/* ---- removal */

struct receiver {
    int id;
    pid_t tid;
};

static void *receive_as(void *argument) {
    struct receiver *self = argument;
    __atomic_store_n(&self->tid, (pid_t) syscall(SYS_gettid), __ATOMIC_SEQ_CST);
    return receive_none(&self->id);
}

/* Whoever is in the call when its queue is removed sees EIDRM, never EINVAL (R15, R54). */
static void removal(void) {
    for (int i = 0; i < 500; i++) {
        struct receiver receiver = {queue(), 0};
        pthread_t thread;
        CHECK(pthread_create(&thread, NULL, receive_as, &receiver) == 0);
        while (__atomic_load_n(&receiver.tid, __ATOMIC_SEQ_CST) == 0) {
            sched_yield();
        }
        await_in_call(receiver.tid, in_receive());
        drop(receiver.id);
        void *result;
        CHECK(pthread_join(thread, &result) == 0);
        if (result != (void *) (intptr_t) -EIDRM) {
            printf("msgrcv gave %ld in round %d\n", (long) (intptr_t) result, i);
            _exit(1);
        }
    }
}

/* ---- memory */

/* Page protections hold, and R17's order. */
static void memory(void) {
    int id = queue();
    long page = sysconf(_SC_PAGESIZE);
    char *pages = mmap(NULL, 3 * page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    CHECK(pages != MAP_FAILED);
    long one = 1, zero = 0;
    struct msginfo limits;
    CHECK(msgctl(0, IPC_INFO, (struct msqid_ds *) &limits) >= 0);
    /* text that goes on into a page that may not be read */
    char *msgp = pages + page - sizeof(long) - 4;
    memcpy(msgp, &one, sizeof one);
    memcpy(msgp + sizeof(long), "text", 4);
    CHECK(mprotect(pages + page, page, PROT_NONE) == 0);
    CHECK(msgsnd(id, msgp, 4, 0) == 0);
    CHECK(msgsnd(id, msgp, 5, 0) == -1 && errno == EFAULT);
    CHECK(msgsnd(id, pages + page, 1, 0) == -1 && errno == EFAULT);
    CHECK(msgsnd(id, NULL, (size_t) -1, 0) == -1 && errno == EFAULT);
    CHECK(msgsnd(id, (void *) -8L, 1, 0) == -1 && errno == EFAULT);
    CHECK(msgsnd(id, msgp, (size_t) limits.msgmax + 1, 0) == -1 && errno == EINVAL);
    memcpy(msgp, &zero, sizeof zero);
    CHECK(msgsnd(id, msgp, 5, 0) == -1 && errno == EINVAL);
    memcpy(msgp, &one, sizeof one);
    CHECK(msgsnd(-1, msgp, 5, 0) == -1 && errno == EINVAL);
    /* half of mtype */
    CHECK(msgsnd(id, pages + page - 4, 0, 0) == -1 && errno == EFAULT);
    /* what may be read, but not written */
    CHECK(mprotect(pages + page, page, PROT_READ) == 0);
    CHECK(msgsnd(id, pages + page - 8, 0, IPC_NOWAIT) == 0 || errno == EINVAL);
    CHECK(msgrcv(id, pages + page, 4, 0, IPC_NOWAIT) == -1 && errno == EFAULT);
    /* MSG_COPY wants to read its buffer (R47) */
    CHECK(mprotect(pages + page, page, PROT_NONE) == 0);
    CHECK(msgrcv(id, pages + page, 4, 0, IPC_NOWAIT | 040000) == -1 && errno == EFAULT);
    CHECK(msgctl(id, IPC_STAT, (struct msqid_ds *) (pages + page)) == -1 && errno == EFAULT);
    CHECK(msgctl(id, IPC_SET, (struct msqid_ds *) (pages + page)) == -1 && errno == EFAULT);
    CHECK(msgctl(id, IPC_INFO, NULL) == -1 && errno == EFAULT);
    drop(id);
}

/* What could not be copied out is still there: msqd's own (R36). */
static void kept(void) {
    int id = queue();
    struct message m = {5, "kept"};
    CHECK(msgsnd(id, &m, 4, 0) == 0);
    CHECK(msgrcv(id, NULL, 4, 0, 0) == -1 && errno == EFAULT);
    CHECK(msgrcv(id, &m, sizeof m.text, 0, IPC_NOWAIT) == 4 && m.type == 5);
    drop(id);
}

/* ---- who calls */

static void *as_thread(void *argument) {
    struct msqid_ds ds;
    return (void *) (intptr_t) (msgctl(*(int *) argument, IPC_STAT, &ds) == 0 ? 0 : errno);
}

/* Rights are the caller's as they are at the moment, a thread's own (needs root). */
static void rights(void) {
    int id = queue();
    struct msqid_ds ds;
    CHECK(msgctl(id, IPC_STAT, &ds) == 0);
    CHECK(setegid(20001) == 0 && seteuid(20001) == 0);
    CHECK(msgctl(id, IPC_STAT, &ds) == -1 && errno == EACCES);
    CHECK(msgctl(id, IPC_RMID, NULL) == -1 && errno == EPERM);
    CHECK(seteuid(0) == 0 && setegid(0) == 0);
    CHECK(msgctl(id, IPC_STAT, &ds) == 0);
    /* by the group, then without it */
    ds.msg_perm.gid = 20009;
    ds.msg_perm.mode = 0060;
    CHECK(msgctl(id, IPC_SET, &ds) == 0);
    gid_t group = 20009;
    CHECK(setegid(20001) == 0 && setgroups(1, &group) == 0 && seteuid(20001) == 0);
    CHECK(msgctl(id, IPC_STAT, &ds) == 0);
    CHECK(seteuid(0) == 0 && setgroups(0, NULL) == 0 && seteuid(20001) == 0);
    CHECK(msgctl(id, IPC_STAT, &ds) == -1 && errno == EACCES);
    CHECK(seteuid(0) == 0);
    /* a thread that is somebody else */
    CHECK(syscall(SYS_setresuid, -1, 20001, -1) == 0);
    CHECK(msgctl(id, IPC_STAT, &ds) == -1 && errno == EACCES);
    CHECK(syscall(SYS_setresuid, -1, 0, -1) == 0);
    pthread_t thread;
    void *result;
    CHECK(pthread_create(&thread, NULL, as_thread, &id) == 0 && pthread_join(thread, &result) == 0 && result == NULL);
    /* capabilities alone (CAP_IPC_OWNER): without them, root is the owner, who has no rights here */
    struct { unsigned version; int pid; } header = {0x20080522, 0};
    struct { unsigned effective, permitted, inheritable; } sets[2];
    CHECK(syscall(SYS_capget, &header, sets) == 0);
    CHECK(msgctl(id, IPC_STAT, &ds) == 0);
    sets[0].effective &= ~(1u << 15);
    CHECK(syscall(SYS_capset, &header, sets) == 0);
    CHECK(msgctl(id, IPC_STAT, &ds) == -1 && errno == EACCES);
    drop(id);
}

/* What runs with its owner's rights has them from the exec on, whatever it was before (needs root). */
static void as_owner(void) {
    int id = msgget(0x4343, IPC_CREAT | IPC_EXCL | 0600);
    struct msqid_ds ds;
    CHECK(id >= 0 && msgctl(id, IPC_STAT, &ds) == 0);
    char copy[] = "/tmp/traps-XXXXXX";
    int from = open("/proc/self/exe", O_RDONLY), to = mkstemp(copy);
    CHECK(from >= 0 && to >= 0);
    char bytes[4096];
    for (ssize_t count; (count = read(from, bytes, sizeof bytes)) > 0;) {
        CHECK(write(to, bytes, (size_t) count) == count);
    }
    struct statvfs place;
    CHECK(fchown(to, 20001, 20001) == 0 && fchmod(to, 04755) == 0 && fstatvfs(to, &place) == 0 && close(to) == 0);
    pid_t child = fork();
    if (child == 0) {
        CHECK(msgctl(id, IPC_STAT, &ds) == 0);
        execl(copy, copy, "somebody-else", NULL);
        CHECK(0);
    }
    int status;
    CHECK(waitpid(child, &status, 0) == child && unlink(copy) == 0);
    CHECK(status == 0 || place.f_flag & ST_NOSUID);
    drop(id);
}

static void somebody_else(void) {
    CHECK(geteuid() == 20001);
    CHECK(msgget(0x4343, 0600) == -1 && errno == EACCES);
    int id = queue();
    struct msqid_ds ds;
    CHECK(msgctl(id, IPC_STAT, &ds) == 0 && ds.msg_perm.uid == 20001);
    drop(id);
}

static void pids(void) {
    int id = queue();
    struct message m = {1, "x"};
    struct msqid_ds ds;
    CHECK(msgsnd(id, &m, 1, 0) == 0);
    CHECK(msgctl(id, IPC_STAT, &ds) == 0 && ds.msg_lspid == getpid() && ds.msg_lrpid == 0);
    pthread_t thread;
    void *result;
    CHECK(pthread_create(&thread, NULL, receive_none, &id) == 0 && pthread_join(thread, &result) == 0);
    CHECK(result == (void *) 1);
    /* the thread-group's id, not the thread's */
    CHECK(msgctl(id, IPC_STAT, &ds) == 0 && ds.msg_lrpid == getpid());
    drop(id);
    /* an id of its own pid namespace (needs root) */
    pid_t child = fork();
    if (child == 0) {
        if (unshare(CLONE_NEWPID) != 0) {
            _exit(0);
        }
        pid_t first = fork();
        if (first == 0) {
            id = queue();
            CHECK(getpid() == 1);
            CHECK(msgsnd(id, &m, 1, 0) == 0);
            CHECK(msgctl(id, IPC_STAT, &ds) == 0 && ds.msg_lspid == 1);
            drop(id);
            _exit(0);
        }
        int status;
        CHECK(waitpid(first, &status, 0) == first);
        _exit(status == 0 ? 0 : 1);
    }
    int status;
    CHECK(waitpid(child, &status, 0) == child && status == 0);
}

/* An IPC namespace has its own queues (needs root). */
static void namespaces(void) {
    int outer = msgget(0x4242, IPC_CREAT | 0600);
    CHECK(outer >= 0);
    struct message m = {1, "outer"};
    CHECK(msgsnd(outer, &m, 5, 0) == 0);
    pid_t child = fork();
    if (child == 0) {
        CHECK(msgget(0x4242, 0) == outer);
        CHECK(unshare(CLONE_NEWIPC) == 0);
        CHECK(msgget(0x4242, 0) == -1 && errno == ENOENT);
        int inner = msgget(0x4242, IPC_CREAT | 0600);
        CHECK(inner >= 0);
        strcpy(m.text, "inner");
        CHECK(msgsnd(inner, &m, 5, 0) == 0);
        CHECK(msgrcv(inner, &m, sizeof m.text, 0, IPC_NOWAIT) == 5 && memcmp(m.text, "inner", 5) == 0);
        _exit(0);
    }
    int status;
    CHECK(waitpid(child, &status, 0) == child && status == 0);
    CHECK(msgrcv(outer, &m, sizeof m.text, 0, IPC_NOWAIT) == 5 && memcmp(m.text, "outer", 5) == 0);
    drop(outer);
}

/* ---- what is not a queue call */

static void others(void) {
    int sem = semget(IPC_PRIVATE, 1, 0600);
    struct sembuf up = {0, 1, 0};
    CHECK(sem >= 0 && semop(sem, &up, 1) == 0 && semctl(sem, 0, GETVAL) == 1 && semctl(sem, 0, IPC_RMID) == 0);
    int shm = shmget(IPC_PRIVATE, 4096, 0600);
    CHECK(shm >= 0 && shmctl(shm, IPC_RMID, NULL) == 0);
}

int main(int argc, char **argv) {
    const char *name = argc > 1 ? argv[1] : "";
    int number = argc > 2 ? atoi(argv[2]) : 0;
    if (strcmp(name, "arch") == 0) other_arch();
    else if (strcmp(name, "storm") == 0) storm(number & 1 ? SA_RESTART : 0, 20000);
    else if (strcmp(name, "handlers") == 0) handlers();
    else if (strcmp(name, "late") == 0) late();
    else if (strcmp(name, "jump") == 0) jump();
    else if (strcmp(name, "stop") == 0) stop();
    else if (strcmp(name, "killed") == 0) killed();
    else if (strcmp(name, "unseen") == 0) unseen(SA_RESTART, number & 1, number >> 1 & 1);
    else if (strcmp(name, "unseen-change") == 0) unseen_change();
    else if (strcmp(name, "removal") == 0) removal();
    else if (strcmp(name, "memory") == 0) memory();
    else if (strcmp(name, "kept") == 0) kept();
    else if (strcmp(name, "rights") == 0) rights();
    else if (strcmp(name, "as-owner") == 0) as_owner();
    else if (strcmp(name, "somebody-else") == 0) somebody_else();
    else if (strcmp(name, "pids") == 0) pids();
    else if (strcmp(name, "namespaces") == 0) namespaces();
    else if (strcmp(name, "others") == 0) others();
    else {
        printf("there is no case %s\n", name);
        return 2;
    }
    return 0;
}
