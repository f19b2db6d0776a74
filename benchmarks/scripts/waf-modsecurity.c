/* Inspects requests with libmodsecurity3 and prints the process CPU for each of them.
 * Usage: modsecurity_cpu RULES.conf REQUESTS.bin ROUNDS
 * The requests are as InspectionCpu writes them: big-endian 32-bit counts and lengths before bytes. */
#include <arpa/inet.h>
#include <modsecurity/modsecurity.h>
#include <modsecurity/rules_set.h>
#include <modsecurity/transaction.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static unsigned char *data;
static size_t length, at;

static uint32_t number(void) {
  uint32_t value;
  if (at + 4 > length) { fputs("requests: cut off\n", stderr); exit(2); }
  memcpy(&value, data + at, 4);
  at += 4;
  return ntohl(value);
}

/* Returns a text of the file, ended by a NUL. */
static char *text(uint32_t *size) {
  uint32_t n = number();
  if (n > length - at) { fputs("requests: cut off\n", stderr); exit(2); }
  char *copy = malloc(n + 1);
  memcpy(copy, data + at, n);
  copy[n] = 0;
  at += n;
  if (size) *size = n;
  return copy;
}

typedef struct { char *name, *value; uint32_t name_size, value_size; } Field;
typedef struct { char *method, *uri, *body; uint32_t fields, body_size; Field *field; } Request;

static int inspect(ModSecurity *engine, RulesSet *rules, const Request *r) {
  Transaction *t = msc_new_transaction(engine, rules, NULL);
  ModSecurityIntervention verdict = {.status = 200, .url = NULL, .log = NULL, .disruptive = 0};
  msc_process_connection(t, "127.0.0.1", 40000, "127.0.0.1", 80);
  msc_process_uri(t, r->uri, r->method, "1.1");
  for (uint32_t i = 0; i < r->fields; i++) {
    const Field *f = &r->field[i];
    msc_add_n_request_header(t, (unsigned char *)f->name, f->name_size, (unsigned char *)f->value, f->value_size);
  }
  msc_process_request_headers(t);
  if (!msc_intervention(t, &verdict)) {
    if (r->body_size) msc_append_request_body(t, (unsigned char *)r->body, r->body_size);
    msc_process_request_body(t);
    msc_intervention(t, &verdict);
  }
  int blocked = verdict.disruptive;
  free(verdict.log);
  free(verdict.url);
  msc_transaction_cleanup(t);
  return blocked;
}

static void quiet(void *ignored, const void *message) {
  (void)ignored;
  (void)message;
}

static double cpu(void) {
  struct timespec t;
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
  return t.tv_sec * 1e6 + t.tv_nsec / 1e3;
}

int main(int argc, char **argv) {
  if (argc != 4) { fputs("usage: modsecurity_cpu RULES.conf REQUESTS.bin ROUNDS\n", stderr); return 2; }
  FILE *file = fopen(argv[2], "rb");
  if (!file) { perror(argv[2]); return 2; }
  fseek(file, 0, SEEK_END);
  length = ftell(file);
  rewind(file);
  data = malloc(length);
  if (fread(data, 1, length, file) != length) { perror(argv[2]); return 2; }
  fclose(file);
  uint32_t count = number();
  Request *request = calloc(count, sizeof *request);
  for (uint32_t i = 0; i < count; i++) {
    Request *r = &request[i];
    r->method = text(NULL);
    r->uri = text(NULL);
    r->fields = number();
    r->field = calloc(r->fields, sizeof *r->field);
    for (uint32_t k = 0; k < r->fields; k++) {
      r->field[k].name = text(&r->field[k].name_size);
      r->field[k].value = text(&r->field[k].value_size);
    }
    r->body = text(&r->body_size);
  }
  double before = cpu();
  ModSecurity *engine = msc_init();
  msc_set_connector_info(engine, "cpu");
  msc_set_log_cb(engine, quiet);
  RulesSet *rules = msc_create_rules_set();
  const char *error = NULL;
  if (msc_rules_add_file(rules, argv[1], &error) < 0) { fprintf(stderr, "%s\n", error); return 2; }
  printf("libmodsecurity3: rules loaded in %.0f ms CPU\n", (cpu() - before) / 1e3);
  int rounds = atoi(argv[3]), blocked = 0;
  for (uint32_t i = 0; i < count; i++) inspect(engine, rules, &request[i]); /* warm up */
  before = cpu();
  for (int round = 0; round < rounds; round++)
    for (uint32_t i = 0; i < count; i++) blocked += inspect(engine, rules, &request[i]);
  printf("libmodsecurity3: %u requests, %d rounds, %.1f us CPU for each request, %.2f %% blocked\n", count, rounds,
         (cpu() - before) / count / rounds, 100.0 * blocked / count / rounds);
  return 0;
}
