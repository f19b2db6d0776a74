// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.waf.internal.body;

import io.gatewaykit.waf.internal.decode.Decoding;
import java.util.List;
import java.util.Set;

/**
 * The declarations of a request about its body.
 *
 * @param method the method
 * @param path the path without query
 * @param contentTypes the values of all {@code Content-Type} fields
 * @param contentEncodings the values of all {@code Content-Encoding} fields
 * @param messageEncoding the coding of each message of a stream; empty if not given
 */
public record BodyHead(
    String method,
    String path,
    List<String> contentTypes,
    List<String> contentEncodings,
    String messageEncoding) {

  /** Extensions of text files that servers store but do not execute. */
  private static final Set<String> DOCUMENTS =
      Set.of(
          ("txt md markdown rst adoc asciidoc org tex html htm xhtml css scss less csv tsv ics vcf eml mbox log"
                  + " java kt kts scala groovy c h cc cpp cxx hpp cs go rs swift m mm py rb pl pm lua r jl"
                  + " js mjs cjs jsx ts tsx vue svelte sh bash zsh fish ps1 bat cmd sql graphql proto"
                  + " yaml yml toml ini cfg conf properties env gradle cmake mk make dockerfile patch"
                  + " diff srt vtt po pot bib xml xsd xsl xslt svg rss atom opml plist pom tf hcl rtf msg pdf ps eps")
              .split(" "));

  /** The markup extensions among {@link #DOCUMENTS}. */
  private static final Set<String> MARKUP =
      Set.of("html htm xhtml vue svelte xml xsd xsl xslt rss atom opml plist pom".split(" "));

  /** Copies the lists. */
  public BodyHead {
    contentTypes = List.copyOf(contentTypes);
    contentEncodings = List.copyOf(contentEncodings);
  }

  /**
   * Returns whether the request stores a text file under its name. Interfaces that take parameters
   * have no such paths.
   */
  boolean storesDocument() {
    return DOCUMENTS.contains(storedExtension());
  }

  /** Returns whether the request stores a markup file under its name. */
  boolean storesMarkup() {
    return MARKUP.contains(storedExtension());
  }

  /**
   * Returns whether the request stores the description of a Maven project, whose expressions and
   * commands are meant for a build.
   */
  boolean storesBuildFile() {
    return storedExtension().equals("pom")
        || (storesFile() && Decoding.lowercase(path).endsWith("/pom.xml"));
  }

  /** Returns whether the request stores a file of any format under its name. */
  boolean storesFile() {
    return !storedExtension().isEmpty();
  }

  /** Returns the extension of the name under which the file is stored, or an empty text. */
  private String storedExtension() {
    String name = path.substring(path.lastIndexOf('/') + 1);
    int dot = name.lastIndexOf('.');
    return method.equals("PUT") && dot > 0 ? Decoding.lowercase(name.substring(dot + 1)) : "";
  }
}
