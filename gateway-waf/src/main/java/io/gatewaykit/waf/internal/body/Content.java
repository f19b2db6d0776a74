// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.waf.internal.body;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.util.List;
import java.util.Locale;

/**
 * The kind of a content, determined by its first bytes. The declared type is never consulted,
 * because the sender of a file also chooses its type.
 */
enum Content {
  /** No content, or white space. */
  EMPTY,
  /** An image, audio, video or font file. */
  MEDIA,
  /**
   * An archive, or a document in an archive format: its content is compressed or contains other
   * files.
   */
  ARCHIVE,
  /** Any other binary data. */
  BINARY,
  /** Text that starts like JSON. */
  JSON,
  /** Markup with the root element {@code svg}. */
  SVG,
  /** Markup with the root element or document type {@code html}. */
  HTML,
  /** Any other text that starts with an element, a processing instruction or a document type. */
  XML,
  /** Any other text. */
  TEXT;

  /** The number of bytes that determine the kind. */
  static final int DECISIVE = 1_024;

  /** A signature at a given index. */
  private record Signature(Content content, int at, String bytes) {
    boolean matches(byte[] head, int from, int to) {
      if (from + at + bytes.length() > to) {
        return false;
      }
      for (int i = 0; i < bytes.length(); i++) {
        if ((head[from + at + i] & 0xFF) != bytes.charAt(i)) {
          return false;
        }
      }
      return true;
    }

    /** Returns whether no text can start with this signature. */
    boolean isUnlikeText() {
      return bytes.chars().anyMatch(c -> c < ' ' && c != '\n' || c > '~');
    }
  }

  private static Signature media(String bytes) {
    return new Signature(MEDIA, 0, bytes);
  }

  private static Signature archive(String bytes) {
    return new Signature(ARCHIVE, 0, bytes);
  }

  private static Signature binary(String bytes) {
    return new Signature(BINARY, 0, bytes);
  }

  private static final List<Signature> SIGNATURES =
      List.of(
          media("\u0089PNG\r\n\u001a\n"),
          media("\u00ff\u00d8\u00ff"), // JPEG
          media("GIF87a"),
          media("GIF89a"),
          media("RIFF"), // WebP, WAVE, AVI
          media("II*\0"), // TIFF
          media("MM\0*"),
          media("8BPS"),
          media("\u008aMNG"),
          media("\u00ff\n"), // JPEG XL
          media("\0\0\0\fJXL "),
          media("\0\0\0\fjP  "),
          media("\u001aE\u00df\u00a3"), // Matroska, WebM
          media("OggS"),
          media("fLaC"),
          media("ID3"),
          media("FORM"), // AIFF
          media("MThd"),
          media("FLV\u0001"),
          media("\0\0\u0001\u00ba"), // MPEG
          media("\0\0\u0001\u00b3"),
          media("0&\u00b2u\u008ef\u00cf\u0011"), // ASF
          media("OTTO\0"),
          media("\0\u0001\0\0\0"), // TrueType
          media("true\0"),
          media("ttcf\0"),
          media("wOFF"),
          media("wOF2"),
          archive("PK\u0003\u0004"),
          archive("PK\u0005\u0006"),
          archive("PK\u0007\b"),
          archive("\u001f\u008b\b"), // gzip
          archive("BZh"),
          archive("\u00fd7zXZ\0"),
          archive("7z\u00bc\u00af'\u001c"),
          archive("Rar!\u001a\u0007"),
          archive("(\u00b5/\u00fd"), // Zstandard
          archive("\u0004\"M\u0018"), // LZ4
          archive("LZIP"),
          archive("MSCF\0\0\0\0"),
          archive("!<arch>\n"),
          archive("\u00ed\u00ab\u00ee\u00db"), // RPM
          archive("xar!"),
          archive("070701"), // cpio
          binary("%PDF-"),
          binary("\u00d0\u00cf\u0011\u00e0\u00a1\u00b1\u001a\u00e1"), // OLE
          binary("SQLite format 3\0"),
          binary("\u007fELF"),
          binary("MZ"),
          binary("\u00ca\u00fe\u00ba\u00be"),
          binary("\0asm"),
          binary("\u00de\u0012\u0004\u0095"), // gettext
          binary("\u0095\u0004\u0012\u00de"),
          binary("AT&TFORM"),
          // Signatures after the first byte come last.
          new Signature(MEDIA, 4, "ftyp"), // MP4, HEIF, AVIF
          new Signature(ARCHIVE, 257, "ustar"));

  private static final int FIRST_INSIDE =
      (int) SIGNATURES.stream().filter(signature -> signature.at() == 0).count();
  private static final boolean[] STARTS = new boolean[256]; // the first bytes of signatures

  static {
    SIGNATURES.stream()
        .limit(FIRST_INSIDE)
        .forEach(signature -> STARTS[signature.bytes().charAt(0)] = true);
  }

  /** Returns whether this kind is not text. */
  boolean isBinary() {
    return this == MEDIA || this == ARCHIVE || this == BINARY;
  }

  /**
   * Returns the kind of a content.
   *
   * @param head its first bytes: {@link #DECISIVE} bytes, or the entire content
   */
  static Content of(byte[] head, int from, int to) {
    boolean mayStart = from < to && STARTS[head[from] & 0xFF];
    for (int i = mayStart ? 0 : FIRST_INSIDE; i < SIGNATURES.size(); i++) {
      Signature signature = SIGNATURES.get(i);
      if (signature.matches(head, from, to)
          && (signature.isUnlikeText() || isUnlikeText(head, from, to))) {
        return signature.content();
      }
    }
    if (isBitmap(head, from, to) || isIcon(head, from, to) || isFrame(head, from, to)) {
      return MEDIA;
    }
    return Noise.of(head, from, to).hasControls() ? BINARY : ofText(head, from, to);
  }

  /** Returns whether a content starts with a signature that no text can start with. */
  static boolean isSigned(byte[] head, int from, int to) {
    for (Signature signature : SIGNATURES) {
      if (signature.isUnlikeText() && signature.matches(head, from, to)) {
        return true;
      }
    }
    return false;
  }

  /** Returns the kind of a text in UTF-8 or another superset of ASCII. */
  static Content ofText(byte[] head, int from, int to) {
    int at = from;
    if (to - at >= 3 && (head[at] & 0xFF) == 0xEF && (head[at + 1] & 0xFF) == 0xBB) {
      at += 3; // a byte order mark
    }
    at += blank(head, at, to);
    if (at == to) {
      return EMPTY;
    }
    byte first = head[at];
    if (first == '{' || first == '[') {
      return JSON;
    }
    return first == '<' ? ofMarkup(head, at, to) : TEXT;
  }

  /** Returns the length of the white space at the start of a text. */
  static int blank(byte[] head, int from, int to) {
    int at = from;
    while (at < to && isSpace(head[at])) {
      at++;
    }
    return at - from;
  }

  /** Finds the root element after instructions, comments and a document type. */
  private static Content ofMarkup(byte[] head, int from, int to) {
    String text = new String(head, from, to - from, ISO_8859_1).toLowerCase(Locale.ROOT);
    int at = 0;
    boolean declared = text.startsWith("<?xml");
    while (at >= 0 && at < text.length()) {
      if (text.startsWith("<!--", at)) {
        at = after(text, "-->", at);
      } else if (text.startsWith("<!doctype", at)) {
        String type = text.substring(at + 9).strip();
        if (type.startsWith("html")) {
          return HTML;
        }
        if (type.startsWith("svg")) {
          return SVG;
        }
        int close = text.indexOf('>', at);
        int subset = text.indexOf('[', at);
        at = subset >= 0 && subset < close ? after(text, "]", at) : at;
        at = at < 0 ? at : after(text, ">", at);
      } else if (text.startsWith("<?", at)) {
        at = after(text, "?>", at);
      } else if (text.charAt(at) == '<') {
        return ofElement(text, at + 1, declared);
      } else if (text.charAt(at) <= ' ') {
        at++;
      } else {
        return declared ? XML : TEXT;
      }
    }
    return XML;
  }

  private static Content ofElement(String text, int from, boolean declared) {
    int end = from;
    while (end < text.length() && " \t\r\n/>".indexOf(text.charAt(end)) < 0) {
      end++;
    }
    String name = text.substring(from, end);
    String local = name.substring(name.indexOf(':') + 1);
    if (local.equals("svg")) {
      return SVG;
    }
    if (local.equals("html") || (!declared && (local.equals("head") || local.equals("body")))) {
      return HTML;
    }
    boolean named = !name.isEmpty() && (Character.isLetter(name.charAt(0)) || name.charAt(0) > 127);
    return named || declared ? XML : TEXT;
  }

  private static int after(String text, String mark, int from) {
    int at = text.indexOf(mark, from);
    return at < 0 ? -1 : at + mark.length();
  }

  private static boolean isBitmap(byte[] head, int from, int to) {
    return to - from > 26
        && head[from] == 'B'
        && head[from + 1] == 'M'
        && head[from + 6] == 0
        && head[from + 7] == 0
        && head[from + 8] == 0
        && head[from + 9] == 0;
  }

  private static boolean isIcon(byte[] head, int from, int to) {
    return to - from > 22
        && head[from] == 0
        && head[from + 1] == 0
        && (head[from + 2] == 1 || head[from + 2] == 2)
        && head[from + 3] == 0
        && head[from + 5] == 0;
  }

  /** Returns whether this starts with the header of an MPEG audio frame. */
  private static boolean isFrame(byte[] head, int from, int to) {
    return to - from > 128
        && (head[from] & 0xFF) == 0xFF
        && (head[from + 1] & 0xE6) == 0xE2
        && (head[from + 2] & 0xF0) != 0xF0;
  }

  /** Returns whether any byte is not ASCII text, so that a signature of letters may apply. */
  private static boolean isUnlikeText(byte[] head, int from, int to) {
    for (int i = from; i < to; i++) {
      if (head[i] < ' ' && !isSpace(head[i])) { // includes non-ASCII, since bytes are signed
        return true;
      }
    }
    return false;
  }

  private static boolean isSpace(byte b) {
    return b == ' ' || b == '\t' || b == '\r' || b == '\n';
  }
}
