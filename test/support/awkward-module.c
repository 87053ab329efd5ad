/*
 * A PKCS#11 module that hands everything on to another one, and behaves like tokens that SoftHSM is not: it is told by the environment
 * what to get wrong.
 *
 * AWKWARD_MODULE  the other module
 * AWKWARD         words, see below
 * AWKWARD_LOG     a file that gets a line for each C_Login and C_Sign
 */
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef unsigned long ulong;
typedef ulong (*Function)();

enum { FINALIZE = 1, GET_FUNCTION_LIST = 3, GET_SLOT_LIST = 4, GET_TOKEN_INFO = 6, GET_MECHANISM_INFO = 8, OPEN_SESSION = 12, LOGIN = 18, SIGN = 43, COUNT = 68 };

enum {
  DEVICE_REMOVED = 0x32, MECHANISM_INVALID = 0x70, PIN_INCORRECT = 0xa0, PIN_LOCKED = 0xa4, TOKEN_NOT_RECOGNIZED = 0xe1, BUFFER_TOO_SMALL = 0x150,
  CANT_LOCK = 0x0a
};

enum { PROTECTED_PATH = 0x100, COUNT_LOW = 0x10000, FINAL_TRY = 0x20000, LOCKED = 0x40000 };

static struct { unsigned char version[2]; Function functions[COUNT]; } *real, table;
static int signatures;

static int told(const char *word) {
  const char *words = getenv("AWKWARD");
  return words && strstr(words, word);
}

static void note(const char *what, ulong returned) {
  FILE *log = fopen(getenv("AWKWARD_LOG") ? getenv("AWKWARD_LOG") : "/dev/null", "a");
  if (log) {
    fprintf(log, "%s 0x%lx\n", what, returned);
    fclose(log);
  }
}

static ulong initialize(void *settings) {
  return told("cannot-lock") && settings ? CANT_LOCK : real->functions[0](settings);
}

/* One slot more, in which no token can be read. */
static ulong getSlotList(unsigned char present, ulong *slots, ulong *count) {
  ulong given = *count;
  ulong returned = real->functions[GET_SLOT_LIST](present, slots, count);
  if (!told("bad-slot") || returned) {
    return returned;
  }
  if (slots && given <= *count) {
    *count += 1;
    return BUFFER_TOO_SMALL;
  }
  if (slots) {
    slots[*count] = 666;
  }
  *count += 1;
  return 0;
}

static ulong getTokenInfo(ulong slot, unsigned char *info) {
  if (slot == 666) {
    return TOKEN_NOT_RECOGNIZED;
  }
  ulong returned = real->functions[GET_TOKEN_INFO](slot, info);
  ulong *flags = (ulong *)(info + 96);
  *flags |= (told("count-low") ? COUNT_LOW : 0) | (told("final-try") ? FINAL_TRY : 0) | (told("is-locked") ? LOCKED : 0) | (told("protected-path") ? PROTECTED_PATH : 0);
  return returned;
}

static ulong getMechanismInfo(ulong slot, ulong mechanism, void *info) {
  int ofHash = mechanism == 0x01 || mechanism == 0x1041;
  int ofMessage = mechanism == 0x40 || mechanism == 0x1044;
  if ((ofHash && told("no-hash-mechanisms")) || (ofMessage && told("no-message-mechanisms"))) {
    return MECHANISM_INVALID;
  }
  return real->functions[GET_MECHANISM_INFO](slot, mechanism, info);
}

static ulong openSession(ulong slot, ulong flags, void *application, void *notify, ulong *session) {
  return told("no-session") ? TOKEN_NOT_RECOGNIZED : real->functions[OPEN_SESSION](slot, flags, application, notify, session);
}

static ulong login(ulong session, ulong user, char *pin, ulong length) {
  const char *own = getenv("AWKWARD_PIN");
  ulong returned = told("locks") ? PIN_LOCKED
    : told("refuses-confirmation") && user == 2 ? PIN_INCORRECT
    : told("protected-path") ? (pin || !own ? PIN_INCORRECT : real->functions[LOGIN](session, user, own, strlen(own)))
    : real->functions[LOGIN](session, user, pin, length);
  note(user == 2 ? "C_Login again" : "C_Login", returned);
  return returned;
}

static ulong sign(ulong session, void *data, ulong dataLength, void *signature, ulong *length) {
  signatures++;
  if (told("removed-once") && signatures == 2) {
    note("C_Sign", DEVICE_REMOVED);
    return DEVICE_REMOVED;
  }
  if (told("removed-always")) {
    note("C_Sign", DEVICE_REMOVED);
    return DEVICE_REMOVED;
  }
  if (told("long-signatures") && *length < 5000) {
    *length = 5000;
    return BUFFER_TOO_SMALL;
  }
  ulong returned = real->functions[SIGN](session, data, dataLength, signature, length);
  note("C_Sign", returned);
  return returned;
}

ulong C_GetFunctionList(void **list) {
  void *library = dlopen(getenv("AWKWARD_MODULE"), RTLD_NOW);
  ulong (*get)(void **) = library ? (ulong (*)(void **))dlsym(library, "C_GetFunctionList") : NULL;
  if (told("no-list") || !get || get((void **)&real)) {
    return 0x05;
  }
  memcpy(&table, real, sizeof table);
  table.version[0] = told("version-1") ? 1 : table.version[0];
  table.functions[0] = (Function)initialize;
  table.functions[GET_SLOT_LIST] = (Function)getSlotList;
  table.functions[GET_TOKEN_INFO] = (Function)getTokenInfo;
  table.functions[GET_MECHANISM_INFO] = (Function)getMechanismInfo;
  table.functions[OPEN_SESSION] = (Function)openSession;
  table.functions[LOGIN] = (Function)login;
  table.functions[SIGN] = told("no-sign") ? NULL : (Function)sign;
  *list = &table;
  return 0;
}
