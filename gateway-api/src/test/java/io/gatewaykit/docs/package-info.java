/** Tests of the text of the project: comments and pages. */
@NullMarked
package io.gatewaykit.docs;

import org.jspecify.annotations.NullMarked;
