// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.waf.internal.body;

import static org.assertj.core.api.Assertions.assertThat;

import io.gatewaykit.waf.rule.Target;
import java.io.StringReader;
import java.util.ArrayList;
import java.util.List;
import javax.xml.stream.XMLInputFactory;
import javax.xml.stream.XMLStreamConstants;
import javax.xml.stream.XMLStreamException;
import javax.xml.stream.XMLStreamReader;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class XmlReaderTest {
  private static final String TYPE = "application/xml";

  /** Returns all values except the complete text, which is always the last one. */
  private static List<String> values(String text) {
    List<String> values = Recorded.of(TYPE, text).values;
    assertThat(values).last().isEqualTo("ARG body=" + text);
    return values.subList(0, values.size() - 1);
  }

  @Test
  void textsAndAttributes_areValues_commentsAndInstructionsToo() {
    assertThat(
            values(
                "<?xml version='1.0'?><a:b c='&lt;1&#x3e;'>x&amp;y<!-- n --><d e=\"2\"/>"
                    + "<![CDATA[<z>]]></a:b>"))
        .containsExactly(
            "ARG instruction=xml version='1.0'",
            "ARG_NAME a:b=a:b",
            "ARG c=<1>",
            "ARG comment= n ",
            "ARG a:b=x&y",
            "ARG_NAME d=d",
            "ARG e=2",
            "ARG a:b=<z>");
  }

  @Test
  void text_aroundSectionsCommentsAndInstructions_isOneValue() {
    assertThat(values("<a>un<![CDATA[ion]]> se<!-- n -->le<?i j?>ct<b/>x</a>"))
        .containsExactly(
            "ARG_NAME a=a",
            "ARG comment= n ",
            "ARG instruction=i j",
            "ARG a=union select",
            "ARG_NAME b=b",
            "ARG a=x");
  }

  @Test
  void section_withReferences_isNotDecoded_andLosesTheLineBreaksAroundIt() {
    assertThat(values("<a>\n  <![CDATA[&lt;&amp;]]]]>\n</a>"))
        .containsExactly("ARG_NAME a=a", "ARG a=&lt;&amp;]]");
    assertThat(values("<a>&lt;<![CDATA[&lt;]]></a>"))
        .containsExactly("ARG_NAME a=a", "ARG a=<&lt;");
  }

  @ParameterizedTest
  @ValueSource(strings = {"<!-- open", "<?open", "<![CDATA[open", "<![CD", "< b/>", "<", "</c>"})
  void text_beforeAFault_isInspected(String rest) {
    assertThat(values("<a>text" + rest)).anyMatch(value -> value.startsWith("ARG a=text"));
  }

  @Test
  void longText_ofManySections_missesNothingAtTheEdgesOfWindows() {
    StringBuilder body = new StringBuilder("<a>");
    StringBuilder text = new StringBuilder();
    for (int i = 0; text.length() < 200_000; i++) {
      String piece = "piece %06d, ".formatted(i);
      body.append(i % 2 == 0 ? piece : "<![CDATA[" + piece + "]]><!-- x -->");
      text.append(piece);
    }

    List<String> windows = Recorded.of(TYPE, body + "</a>").texts(Target.ARG);

    for (int at = 0; at + 40 < text.length(); at += 20) {
      String piece = text.substring(at, at + 40);
      assertThat(windows).as(piece).anyMatch(window -> window.contains(piece));
    }
  }

  @Test
  void entities_areNeverExpanded() {
    String bomb =
        "<!DOCTYPE a [<!ENTITY b \"0123456789\"><!ENTITY c \"&b;&b;>\"><!-- > -->]><a>&c;</a>";

    assertThat(Recorded.of(TYPE, bomb).defects).isEmpty();
    assertThat(values(bomb))
        .containsExactly(
            "ARG doctype=" + bomb.substring(0, bomb.indexOf("<a>")), "ARG_NAME a=a", "ARG a=&c;");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "<a>", "<a></b>", "</a>", "<a/><b/>", "x", "<a/>x", "<a b=c/>", "<a b/>",
            "<a b='1' b='2'/>", "<a b='<'/>",
        "<a b='1'c='2'/>", "<>", "<a b='1", "<!-- ", "<![CDATA[", "<?x", "<!DOCTYPE a [", "<a",
            "{\"a\":1}", "< a/>",
      })
  void malformed_isAFault(String text) {
    assertThat(Recorded.of(TYPE, text).defects).hasSize(1).allMatch(f -> f.startsWith("xml: "));
  }

  @Test
  void deep_isAFault_withoutRecursion() {
    assertThat(Recorded.of(TYPE, "<a>".repeat(300_000)).defects)
        .containsExactly("xml: nested too deeply, byte 192");
  }

  @Property(tries = 3000, seed = "1")
  void anyText_isMalformedExactlyForTheJdk_andHasItsTexts(@ForAll("texts") String text) {
    List<String> expected = read(text);

    Recorded read = Recorded.of(TYPE, text);

    assertThat(read.defects.isEmpty()).as(text).isEqualTo(expected != null);
    if (expected != null) {
      List<String> texts = read.texts(Target.ARG);
      assertThat(String.join("", texts.subList(0, texts.size() - 1)))
          .as(text)
          .isEqualTo(String.join("", expected));
    }
  }

  private static @Nullable List<String> read(String text) {
    List<String> values = new ArrayList<>();
    StringBuilder element = new StringBuilder();
    XMLInputFactory factory = XMLInputFactory.newInstance();
    factory.setProperty(XMLInputFactory.IS_NAMESPACE_AWARE, false);
    factory.setProperty(XMLInputFactory.SUPPORT_DTD, false);
    factory.setXMLReporter((message, type, information, location) -> {});
    try {
      XMLStreamReader reader = factory.createXMLStreamReader(new StringReader(text));
      while (reader.hasNext()) {
        int event = reader.next();
        if (event == XMLStreamConstants.START_ELEMENT || event == XMLStreamConstants.END_ELEMENT) {
          add(values, element.toString());
          element.setLength(0);
        }
        if (event == XMLStreamConstants.START_ELEMENT) {
          for (int i = 0; i < reader.getAttributeCount(); i++) {
            add(values, reader.getAttributeValue(i));
          }
        } else if (event == XMLStreamConstants.CHARACTERS || event == XMLStreamConstants.CDATA) {
          element.append(reader.getText());
        } else if (event == XMLStreamConstants.COMMENT) {
          add(values, reader.getText());
        }
      }
      return values;
    } catch (XMLStreamException e) {
      return null;
    }
  }

  private static void add(List<String> values, String text) {
    if (!text.isBlank()) {
      values.add(text);
    }
  }

  @Provide
  Arbitrary<String> texts() {
    Arbitrary<String> tokens =
        Arbitraries.of(
            "<a>",
            "</a>",
            "<b>",
            "</b>",
            "<c/>",
            "<a d='1'>",
            "<c e=\"2\" f='&lt;'/>",
            "x",
            "&amp;",
            "&#65;",
            "<!--n-->",
            "<![CDATA[<]]>",
            "<a g>",
            "<",
            "<c h=1/>",
            "<c i='1' i='2'/>");
    return tokens.list().ofMaxSize(7).map(list -> "<a>" + String.join("", list) + "</a>");
  }
}
