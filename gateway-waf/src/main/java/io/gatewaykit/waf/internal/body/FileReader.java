// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.waf.internal.body;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.gatewaykit.waf.rule.Target;
import java.nio.charset.Charset;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Reads the content of an uploaded file. Rules for files apply to it instead of rules for
 * parameters, selected by its first bytes.
 *
 * <table>
 *   <caption>Inspected content</caption>
 *   <tr><td>images, audio, video, fonts</td><td>all of it, as {@link Target#FILE_MEDIA}</td></tr>
 *   <tr><td>archives</td><td>none, unless declared as media</td></tr>
 *   <tr><td>other binary files</td><td>all of it, as {@link Target#FILE_BINARY}</td></tr>
 *   <tr><td>SVG</td><td>all of it, as {@link Target#FILE_SVG}</td></tr>
 *   <tr><td>XML</td><td>all of it, as {@link Target#FILE_XML}</td></tr>
 *   <tr><td>other texts</td><td>the start, as {@link Target#FILE_TEXT}</td></tr>
 *   <tr><td>texts declared as media</td><td>also as {@link Target#FILE_MEDIA}</td></tr>
 * </table>
 */
final class FileReader implements BodyReader {
  private static final int BEGINNING = 4 << 10;

  private final String name;
  private final boolean claimsMedia;
  private final BodySink sink;
  private final byte[] head = new byte[Content.DECISIVE];
  private int length;
  private @Nullable Charset charset;
  private @Nullable BodyReader reader;
  private boolean skipped;

  /**
   * Creates a reader.
   *
   * @param name the name of the field that holds the file
   * @param claimsMedia whether its name or type declares an image, audio or video
   */
  FileReader(String name, boolean claimsMedia, BodySink sink) {
    this.name = name;
    this.claimsMedia = claimsMedia;
    this.sink = sink;
  }

  @Override
  public void feed(byte[] bytes, int from, int to) {
    if (skipped) {
      return;
    }
    int at = from;
    while (reader == null && !skipped && at < to) {
      int count = Math.min(to - at, head.length - length);
      System.arraycopy(bytes, at, head, length, count);
      length += count;
      at += count;
      if (length == head.length && !dropBlank()) {
        decide();
      }
    }
    if (reader != null && at < to) {
      reader.feed(bytes, at, to);
    }
  }

  /**
   * Removes a long run of white space at the start of a text, so that the content after it is
   * classified.
   */
  private boolean dropBlank() {
    Content content = content();
    if (content.isBinary()) {
      return false;
    }
    int blank = content == Content.EMPTY ? length : Content.blank(head, 0, length);
    if (blank < head.length / 2) {
      return false;
    }
    length -= blank;
    System.arraycopy(head, blank, head, 0, length);
    return true;
  }

  private Content content() {
    Charset known = charset == null ? Charsets.marked(head, 0, length) : charset;
    charset = known;
    return known == null ? Content.of(head, 0, length) : transcoded(known);
  }

  private void decide() {
    Content content = content();
    Target target =
        switch (content) {
          case MEDIA, ARCHIVE -> Target.FILE_MEDIA;
          case BINARY -> Target.FILE_BINARY;
          case SVG -> Target.FILE_SVG;
          case XML -> Target.FILE_XML;
          default -> Target.FILE_TEXT;
        };
    if (content == Content.EMPTY || (content == Content.ARCHIVE && !claimsMedia)) {
      skipped = true;
      return;
    }
    BodyReader chosen = new TextReader(target, name, sink);
    if (target == Target.FILE_TEXT) {
      chosen = new Beginning(BEGINNING, chosen);
    }
    Charset known = charset;
    if (known != null) {
      chosen = new TranscodingReader(known, 0, chosen);
    }
    if (claimsMedia && target != Target.FILE_MEDIA && target != Target.FILE_BINARY) {
      chosen = Tee.of(List.of(chosen, new TextReader(Target.FILE_MEDIA, name, sink)));
    }
    reader = chosen;
    chosen.feed(head, 0, length);
  }

  private Content transcoded(Charset known) {
    byte[] utf8 = new String(head, 0, length, known).getBytes(UTF_8);
    return Content.ofText(utf8, 0, utf8.length);
  }

  @Override
  public void finish(boolean complete) {
    if (reader == null && !skipped) {
      decide();
    }
    if (reader != null) {
      reader.finish(complete);
    }
  }

  /** Passes on only the first bytes. */
  private static final class Beginning implements BodyReader {
    private final BodyReader reader;
    private int left;

    private Beginning(int length, BodyReader reader) {
      this.left = length;
      this.reader = reader;
    }

    @Override
    public void feed(byte[] bytes, int from, int to) {
      int end = Math.min(to, from + left);
      reader.feed(bytes, from, end);
      left -= end - from;
    }

    @Override
    public void finish(boolean complete) {
      reader.finish(complete);
    }
  }
}
