// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.waf.internal.body;

/** Parses the trailer and header between the members of a gzip stream (RFC 1952) byte by byte. */
final class GzipHeader {
  private static final int CHECKSUM = 2;
  private static final int EXTRA = 4;
  private static final int NAME = 8;
  private static final int COMMENT = 16;
  private static final int RESERVED = 0xE0;
  private static final int FIXED = 10;
  private static final int TRAILER = 8;

  private enum State {
    TRAILER,
    FIXED,
    EXTRA_LENGTH,
    EXTRA,
    NAME,
    COMMENT,
    CHECKSUM,
    COMPLETE,
    INVALID
  }

  private State state = State.FIXED;
  private int flags;
  private int index; // bytes read in the current state
  private int extra;
  private boolean further; // false for the first member

  /** Prepares for the trailer of a member and the header of the next one. */
  void next() {
    further = true;
    enter(State.TRAILER);
  }

  private void enter(State next) {
    state = next;
    index = 0;
  }

  boolean isComplete() {
    return state == State.COMPLETE;
  }

  boolean isInvalid() {
    return state == State.INVALID;
  }

  /** Returns whether a member has ended and the next one has not started. */
  boolean isBetween() {
    return state == State.FIXED && index == 0;
  }

  /** Returns whether the next byte belongs to an optional field: extra data, a name, a comment. */
  boolean isInOptionalField() {
    return state == State.EXTRA || state == State.NAME || state == State.COMMENT;
  }

  /** Reads bytes up to the start or end of optional fields or the end of the header. */
  int read(byte[] bytes, int from, int to) {
    boolean optional = isInOptionalField();
    int at = from;
    while (at < to && state != State.COMPLETE && state != State.INVALID) {
      step(bytes[at++] & 0xFF);
      if (isInOptionalField() != optional) {
        break;
      }
    }
    return at - from;
  }

  private void step(int b) {
    switch (state) {
      case TRAILER -> {
        if (++index == TRAILER) {
          enter(State.FIXED);
        }
      }
      case FIXED -> fixed(b);
      case EXTRA_LENGTH -> {
        extra |= b << 8 * index;
        if (++index == 2) {
          enter(extra == 0 ? afterExtra() : State.EXTRA);
        }
      }
      case EXTRA -> {
        if (++index == extra) {
          enter(afterExtra());
        }
      }
      case NAME -> {
        if (b == 0) {
          enter(afterName());
        }
      }
      case COMMENT -> {
        if (b == 0) {
          enter(afterComment());
        }
      }
      case CHECKSUM -> {
        if (++index == 2) {
          enter(State.COMPLETE);
        }
      }
      default -> {}
    }
  }

  private void fixed(int b) {
    if (further && index == 0 && b == 0) {
      return; // padding after the last member
    }
    boolean valid =
        switch (index) {
          case 0 -> b == 0x1F;
          case 1 -> b == 0x8B;
          case 2 -> b == 8;
          case 3 -> (b & RESERVED) == 0;
          default -> true;
        };
    flags = index == 3 ? b : flags;
    index++;
    if (!valid) {
      enter(State.INVALID);
    } else if (index == FIXED) {
      extra = 0;
      enter((flags & EXTRA) != 0 ? State.EXTRA_LENGTH : afterExtra());
    }
  }

  private State afterExtra() {
    return (flags & NAME) != 0 ? State.NAME : afterName();
  }

  private State afterName() {
    return (flags & COMMENT) != 0 ? State.COMMENT : afterComment();
  }

  private State afterComment() {
    return (flags & CHECKSUM) != 0 ? State.CHECKSUM : State.COMPLETE;
  }
}
