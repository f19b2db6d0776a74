// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.healthcheck.internal.wire;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.ByteArrayOutputStream;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;

/**
 * Decodes the HPACK header blocks (RFC 7541) of one connection: static and dynamic table, Huffman
 * coding. Blocks must be decoded in the order received. Not thread-safe.
 */
final class Hpack {
  /** The table size a peer may use unless a setting changes it. */
  static final int DEFAULT_TABLE_SIZE = 4_096;

  private static final int ENTRY_OVERHEAD = 32;

  /** A header. */
  record Field(String name, String value) {
    int size() {
      return name.length() + value.length() + ENTRY_OVERHEAD;
    }
  }

  /** A malformed block. The connection must be closed, since its dynamic table is undefined. */
  static final class MalformedException extends Exception {
    private static final long serialVersionUID = 1;

    MalformedException(String detail) {
      super(detail);
    }
  }

  private final Deque<Field> dynamic = new ArrayDeque<>();
  private int size;
  private int maxSize = DEFAULT_TABLE_SIZE;

  private byte[] block = new byte[0];
  private int at;

  int tableSize() {
    return size;
  }

  List<Field> read(byte[] headerBlock) throws MalformedException {
    block = headerBlock;
    at = 0;
    var fields = new ArrayList<Field>();
    while (at < block.length) {
      int first = block[at] & 0xff;
      if ((first & 0x80) != 0) {
        fields.add(entry(integer(7)));
      } else if ((first & 0x40) != 0) {
        Field field = literal(6);
        fields.add(field);
        insert(field);
      } else if ((first & 0x20) != 0) {
        resize(integer(5), fields);
      } else {
        fields.add(literal(4)); // without indexing, or never indexed
      }
    }
    return fields;
  }

  private void resize(int newSize, List<Field> before) throws MalformedException {
    if (newSize > DEFAULT_TABLE_SIZE || !before.isEmpty()) {
      throw new MalformedException("table size update");
    }
    maxSize = newSize;
    evict();
  }

  private Field literal(int prefix) throws MalformedException {
    int index = integer(prefix);
    String name = index == 0 ? string() : entry(index).name();
    return new Field(name, string());
  }

  private Field entry(int index) throws MalformedException {
    if (index >= 1 && index <= HpackTables.STATIC.size()) {
      return HpackTables.STATIC.get(index - 1);
    }
    int skip = index - HpackTables.STATIC.size() - 1;
    for (Field field : dynamic) {
      if (skip-- == 0) {
        return field;
      }
    }
    throw new MalformedException("index " + index);
  }

  private void insert(Field field) {
    dynamic.addFirst(field);
    size += field.size();
    evict();
  }

  private void evict() {
    while (size > maxSize) {
      size -= dynamic.removeLast().size();
    }
  }

  private int integer(int prefix) throws MalformedException {
    int mask = (1 << prefix) - 1;
    int value = next() & mask;
    if (value < mask) {
      return value;
    }
    for (int shift = 0; shift <= 21; shift += 7) {
      int more = next();
      value += (more & 0x7f) << shift;
      if ((more & 0x80) == 0) {
        return value;
      }
    }
    throw new MalformedException("integer too long");
  }

  private int next() throws MalformedException {
    if (at >= block.length) {
      throw new MalformedException("block too short");
    }
    return block[at++] & 0xff;
  }

  private String string() throws MalformedException {
    boolean huffman = at < block.length && (block[at] & 0x80) != 0;
    int length = integer(7);
    if (length > block.length - at) {
      throw new MalformedException("string too long");
    }
    int from = at;
    at += length;
    return huffman ? huffman(from, at) : new String(block, from, length, ISO_8859_1);
  }

  /**
   * Decodes bit by bit: since the code is canonical, a code is recognized by comparing it with the
   * first code of its length. Slow for long strings, sufficient for a probe.
   */
  private String huffman(int from, int to) throws MalformedException {
    var out = new ByteArrayOutputStream((to - from) * 2);
    int code = 0;
    int length = 0;
    for (int i = from; i < to; i++) {
      for (int bit = 7; bit >= 0; bit--) {
        code = code << 1 | (block[i] >> bit & 1);
        int symbol = HpackTables.symbol(code, ++length);
        if (symbol == HpackTables.END) {
          throw new MalformedException("end-of-string symbol within a string");
        }
        if (symbol >= 0) {
          out.write(symbol);
          code = 0;
          length = 0;
        } else if (length > HpackTables.MAX_CODE_BITS) {
          throw new MalformedException("invalid Huffman code");
        }
      }
    }
    if (length > 7 || code != (1 << length) - 1) {
      // padding must be a prefix of the end-of-string code, which is all ones
      throw new MalformedException("padding");
    }
    return out.toString(ISO_8859_1);
  }
}
