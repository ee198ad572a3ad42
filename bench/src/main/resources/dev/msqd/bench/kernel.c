/*
 * The kernel's System V queue without Java: both processes of an exchange, and one thread alone. It understands what the measuring
 * processes in Java understand, and tells what they tell (Exchange, Outcome, Gate).
 *
 *   kernel ASK|ANSWER - THERE,BACK LENGTH,POLLING,CAPACITY,DURABILITY WARM-UP-MESSAGES MESSAGES WARM-UP-ROUND-TRIPS ROUND-TRIPS ...
 *   kernel ALONE LENGTH BATCHES
 */
#define _GNU_SOURCE
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ipc.h>
#include <sys/msg.h>
#include <time.h>
#include <unistd.h>

#define BATCH 128

struct message {
    long mtype;
    long number;
    char rest[];
};

static struct message *outgoing, *incoming;
static size_t length;
static int flags; /* IPC_NOWAIT when polling */

static void fail(const char *what) {
    perror(what);
    exit(1);
}

static long now_ns(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * 1000000000L + now.tv_nsec;
}

static void allocate(void) {
    outgoing = calloc(1, sizeof(long) + length);
    incoming = calloc(1, sizeof(long) + length);
    if (length < sizeof(long) || outgoing == NULL || incoming == NULL) {
        fail("memory");
    }
    outgoing->mtype = 1;
}

static void send_message(int queue, long number) {
    outgoing->number = number;
    while (msgsnd(queue, outgoing, length, flags) != 0) {
        if (errno != EAGAIN) {
            fail("msgsnd");
        }
    }
}

static void receive_message(int queue, long expected) {
    ssize_t received;
    while ((received = msgrcv(queue, incoming, length, 0, flags)) < 0) {
        if (errno != ENOMSG) {
            fail("msgrcv");
        }
    }
    if ((size_t) received != length || incoming->number != expected) {
        fprintf(stderr, "received message %ld instead of %ld\n", incoming->number, expected);
        exit(1);
    }
}

static void pass_gate(void) {
    printf("ready %d\n", (int) gettid());
    fflush(stdout);
    if (getchar() == EOF) {
        exit(1);
    }
}

static void ask(int there, int back, long messages, long warm_up_trips, long trips) {
    long *times = malloc(trips * sizeof(long));
    for (long i = 0; i < messages; i++) {
        send_message(there, i);
    }
    receive_message(back, messages);
    for (long i = 0; i < warm_up_trips; i++) {
        send_message(there, i);
        receive_message(back, i);
    }
    for (long i = 0; i < trips; i++) {
        long start = now_ns();
        send_message(there, i);
        receive_message(back, i);
        times[i] = now_ns() - start;
    }
    printf("samples round-trips");
    for (long i = 0; i < trips; i++) {
        printf(" %ld", times[i]);
    }
    printf("\n");
}

static void return_all(int there, int back, long trips) {
    for (long i = 0; i < trips; i++) {
        receive_message(there, i);
        send_message(back, i);
    }
}

static void answer(int there, int back, long warm_up, long messages, long warm_up_trips, long trips) {
    long start = now_ns();
    for (long i = 0; i < warm_up + messages; i++) {
        receive_message(there, i);
        if (i == warm_up) {
            start = now_ns();
        }
    }
    if (messages > 0) {
        printf("number rate %.3f\n", (messages - 1) * 1e9 / (now_ns() - start));
    }
    send_message(back, warm_up + messages);
    return_all(there, back, warm_up_trips);
    return_all(there, back, trips);
}

/* As the benchmarks of one thread do: batches that are received in between, then pairs. */
static void alone(long batches) {
    int queue = msgget(IPC_PRIVATE, 0600);
    long sends = 0;
    if (queue < 0) {
        fail("msgget");
    }
    flags = IPC_NOWAIT;
    for (long batch = -batches / 4; batch < batches; batch++) {
        long start = now_ns();
        for (int i = 0; i < BATCH; i++) {
            send_message(queue, i);
        }
        sends += batch < 0 ? 0 : now_ns() - start;
        for (int i = 0; i < BATCH; i++) {
            receive_message(queue, i);
        }
    }
    long start = now_ns();
    for (long i = 0; i < batches * BATCH; i++) {
        send_message(queue, i);
        receive_message(queue, i);
    }
    printf("number enqueue %.3f\nnumber pair %.3f\n",
        (double) sends / (batches * BATCH), (double) (now_ns() - start) / (batches * BATCH));
    msgctl(queue, IPC_RMID, NULL);
}

int main(int count, char **arguments) {
    if (count == 4 && strcmp(arguments[1], "ALONE") == 0) {
        length = atol(arguments[2]);
        allocate();
        alone(atol(arguments[3]));
        return 0;
    }
    int there, back;
    char polling[6];
    if (count < 10 || sscanf(arguments[3], "%d,%d", &there, &back) != 2
        || sscanf(arguments[4], "%zu,%5[a-z]", &length, polling) != 2) {
        fprintf(stderr, "kernel: arguments that it does not understand\n");
        return 2;
    }
    long warm_up = atol(arguments[5]), messages = atol(arguments[6]);
    long warm_up_trips = atol(arguments[7]), trips = atol(arguments[8]);
    flags = strcmp(polling, "true") == 0 ? IPC_NOWAIT : 0;
    allocate();
    pass_gate();
    if (strcmp(arguments[1], "ASK") == 0) {
        ask(there, back, warm_up + messages, warm_up_trips, trips);
    } else {
        answer(there, back, warm_up, messages, warm_up_trips, trips);
    }
    return 0;
}
