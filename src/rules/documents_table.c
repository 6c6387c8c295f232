/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The two lists, every entry of the page in its order, and the sentences. `expires` is ours:
 * those papers bear a last day by their own laws, so an entry without one was not looked at.
 */
#include "rules/documents.h"

/* Marks a sentence for the catalogue; whoever shows it translates it. */
#define N_(text) (text)

#define LIST_A_ROW "seed 004, List of Identity Verification Documents, A "
#define LIST_B_ROW "seed 004, List of Identity Verification Documents, B "
#define POWER_ROW "seed 004, Required Documents, Application for Legal Representative "

const struct document_row documents[DOCUMENT_KINDS] = {
	[DOC_NONE] = {"none", N_("none"), "なし", "ours", .list = LIST_NONE},
	[DOC_A_DRIVER_LICENSE] = {"driver-license", N_("Driver's license"), "運転免許証", LIST_A_ROW "1",
				  .list = LIST_A, .expires = true},
	[DOC_A_MY_NUMBER_CARD] = {"my-number-card", N_("My Number Card (with photo)"),
				  "マイナンバーカード（写真付き）", LIST_A_ROW "2", .list = LIST_A,
				  .expires = true},
	[DOC_A_JUKI_CARD] = {"basic-resident-registration-card",
			     N_("Basic Resident Registration Card (with photo)"),
			     "住民基本台帳カード（写真付き）", LIST_A_ROW "3", .list = LIST_A,
			     .expires = true},
	[DOC_A_PASSPORT] = {"passport", N_("Passport"), "パスポート", LIST_A_ROW "4", .list = LIST_A,
			    .expires = true},
	[DOC_A_DISABILITY] = {"disability-certificate", N_("Disability certificate"), "障害者手帳",
			      LIST_A_ROW "5", .list = LIST_A},
	[DOC_A_DRIVING_HISTORY] = {"driving-history-certificate",
				   N_("Driving history certificate (issued on or after 1 April 2012)"),
				   "運転経歴証明書（平成24年4月1日以降に交付されたもの）", LIST_A_ROW "6",
				   .list = LIST_A, .issued_from = {2012, 4, 1}},
	[DOC_A_RESIDENCE_CARD] = {"residence-card", N_("Residence card (with photo)"),
				  "在留カード（写真付き）", LIST_A_ROW "7", .list = LIST_A, .expires = true},
	[DOC_A_SPECIAL_PERMANENT] = {"special-permanent-resident-certificate",
				     N_("Special permanent resident certificate (with photo)"),
				     "特別永住者証明書（写真付き）", LIST_A_ROW "8", .list = LIST_A,
				     .expires = true},
	[DOC_A_OTHER] = {"other-photo-id", N_("Other photo ID of a public authority"),
			 "その他の官公署発行の写真付き身分証明書", LIST_A_ROW "8, \"etc.\"", .list = LIST_A,
			 .named_by_clerk = true},
	[DOC_B_MY_NUMBER_CARD] = {"my-number-card-no-photo", N_("My Number Card (without photo)"),
				  "マイナンバーカード（写真なし）", LIST_B_ROW "1", .list = LIST_B,
				  .paper = DOC_A_MY_NUMBER_CARD, .expires = true},
	[DOC_B_HEALTH_INSURANCE] = {"health-insurance",
				    N_("Health insurance card or qualification confirmation document"),
				    "健康保険証または資格確認書", LIST_B_ROW "2", .list = LIST_B},
	[DOC_B_CARE_INSURANCE] = {"long-term-care-insurance-card", N_("Long-term care insurance card"),
				  "介護保険証", LIST_B_ROW "3", .list = LIST_B},
	[DOC_B_PENSION_BOOK] = {"pension-book",
				N_("Pension book or basic pension number notification "
				   "(also notices of a revised amount or of a transfer)"),
				"年金手帳または基礎年金番号通知書（年金額改定通知書、年金振込通知書を含む）",
				LIST_B_ROW "4", .list = LIST_B},
	[DOC_B_PENSION_CERTIFICATE] = {"pension-certificate", N_("Pension certificate of any kind"),
				       "各種年金証書", LIST_B_ROW "5", .list = LIST_B},
	[DOC_B_PUBLIC_ASSISTANCE] = {"public-assistance-certificate",
				     N_("Public assistance recipient certificate"), "生活保護受給者証",
				     LIST_B_ROW "6", .list = LIST_B},
	[DOC_B_MEDICAL] = {"medical-certificate",
			   N_("Medical certificate of any kind (Maru Nyuu, Maru Ko, Maru Ao)"),
			   "各種医療証（マル乳・マル子・マル青）", LIST_B_ROW "7", .list = LIST_B},
	[DOC_B_MATERNAL_HANDBOOK] = {"maternal-and-child-health-handbook",
				     N_("Maternal and child health handbook"), "母子健康手帳", LIST_B_ROW "8",
				     .list = LIST_B},
	[DOC_B_BIRTH_REGISTRATION] = {"birth-registration-certificate",
				      N_("Certificate of birth registration"), "出生届出済証明",
				      LIST_B_ROW "9", .list = LIST_B},
	[DOC_B_RESIDENCE_CARD] = {"residence-card-no-photo", N_("Residence card (without photo)"),
				  "在留カード（写真なし）", LIST_B_ROW "10", .list = LIST_B,
				  .paper = DOC_A_RESIDENCE_CARD, .expires = true},
	[DOC_B_SPECIAL_PERMANENT] = {"special-permanent-resident-certificate-no-photo",
				     N_("Special permanent resident certificate (without photo)"),
				     "特別永住者証明書（写真なし）", LIST_B_ROW "11", .list = LIST_B,
				     .paper = DOC_A_SPECIAL_PERMANENT, .expires = true},
	[DOC_B_STUDENT_ID] = {"student-id",
			      N_("Student ID that shows name and date of birth, or name and address"),
			      "学生証（「氏名・生年月日」または「氏名・住所」の記載があるもの）",
			      LIST_B_ROW "12", .list = LIST_B, .must_show = true},
	[DOC_B_EMPLOYEE_ID] = {"employee-id",
			       N_("Employee ID that shows name and date of birth, or name and address"),
			       "社員証（「氏名・生年月日」または「氏名・住所」の記載があるもの）",
			       LIST_B_ROW "13", .list = LIST_B, .must_show = true},
	[DOC_B_OTHER] = {"other-no-photo-id", N_("Other document without photo"),
			 "その他の写真なし本人確認書類", LIST_B_ROW "13, \"etc.\"", .list = LIST_B,
			 .paper = DOC_A_OTHER, .named_by_clerk = true},
	[DOC_FAMILY_REGISTER] = {"family-register", N_("Copy of the family register"), "戸籍謄本",
				 POWER_ROW "2", .list = LIST_POWER},
	[DOC_GUARDIANSHIP] = {"guardianship-certificate",
			      N_("Certificate of registered matters for adult guardianship"),
			      "成年後見の登記事項証明書", POWER_ROW "3", .list = LIST_POWER},
};

#define PAGE "seed 004, "
#define COUNTER_OF "design: the counter is one of the municipality where the holder is registered"
#define AGENT_OURS                                                                                           \
	"ours, after the practice of other cities (two visits); seed 004 says only: never the same day"

const struct document_rule_row document_rules[DOCUMENT_RULES] = {
	[RULE_OTHER_OFFICE] =
		{"other-office", CLASS_REFUSED,
		 N_("This counter serves only cards of its own city. Please go to the office of "
		    "the city where the card's holder is registered."),
		 COUNTER_OF},
	[RULE_SMARTPHONE] =
		{"smartphone", CLASS_REFUSED,
		 N_("The PIN of a smartphone certificate cannot be set at a counter. Please use the "
		    "Mynaportal app on that phone."),
		 PAGE "PIN Reset and PIN Change at City Hall and Branch Office"},
	[RULE_SELF_UNDER_15] =
		{"self-under-15", CLASS_REFUSED,
		 N_("A holder under 15 cannot apply alone. The legal representative has to apply."),
		 PAGE "Application for Legal Representative (for those under 15 years old ...)"},
	[RULE_SELF_WARD] = {"self-ward", CLASS_REFUSED,
			    N_("An adult ward cannot apply alone. The guardian has to apply."),
			    PAGE "Application for Legal Representative (... and adult wards)"},
	[RULE_NOT_REPRESENTED] =
		{"not-represented", CLASS_REFUSED,
		 N_("A legal representative applies for a holder under 15 or an adult ward only. This holder "
		    "has to come, or to send an agent."),
		 PAGE "Application for Legal Representative (for those under 15 years old and adult wards)"},
	[RULE_AGENT_UNDER_15] =
		{"agent-under-15", CLASS_REFUSED,
		 N_("For a holder under 15 the legal representative has to apply, not an agent."),
		 "ours: who cannot apply cannot send an agent"},
	[RULE_AGENT_WARD] = {"agent-ward", CLASS_REFUSED,
			     N_("For an adult ward the guardian has to apply, not an agent."),
			     "ours: who cannot apply cannot send an agent"},
	[RULE_AGENT_SAME_DAY] = {"agent-same-day", CLASS_REFUSED,
				 N_("Through an agent the PIN cannot be set on the day of the first visit. "
				    "Please come again with the holder's answer to our letter."),
				 PAGE "Application for Voluntary Agent"},
	[RULE_DAY] =
		{"day", CLASS_MISSING,
		 N_("The day of this visit, or of the first visit, is no day of the calendar. Please enter "
		    "it again."),
		 "ours"},
	[RULE_MUNICIPALITY] =
		{"municipality", CLASS_MISSING,
		 N_("It is not known yet where the card's holder is registered. Please look it up first."),
		 COUNTER_OF},
	[RULE_AGE] = {"age", CLASS_MISSING,
		      N_("The age of the card's holder is not known yet. Please look it up first."),
		      "ours: the age decides who may apply"},
	[RULE_CARD] = {"card", CLASS_MISSING, N_("The card itself is needed."),
		       PAGE "Required Documents, Personal Application 1"},
	[RULE_CURRENT_PIN] =
		{"current-pin", CLASS_MISSING,
		 N_("The current PIN has to be entered and right. Who does not know it asks for a "
		    "reset instead."),
		 PAGE "PIN Change, Personal Application (PIN verification is required)"},
	[RULE_HOLDER_DOCUMENT] = {"holder-document", CLASS_MISSING,
				  N_("One more document of the card's holder is needed, from list A or from "
				     "list B. The card itself is not counted."),
				  PAGE "PIN Reset, Personal Application 2"},
	[RULE_REPRESENTATIVE_PRESENT] =
		{"representative-present", CLASS_MISSING,
		 N_("A PIN is changed only while the legal representative is here."),
		 PAGE "PIN Change, ... only be completed with the attendance of a legal representative"},
	[RULE_REPRESENTATIVE_DOCUMENTS] =
		{"representative-documents", CLASS_MISSING,
		 N_("The representative has to show two documents of list A, or one "
		    "of list A and one of list B."),
		 PAGE "Application for Legal Representative 1"},
	[RULE_FAMILY_REGISTER] =
		{"family-register", CLASS_MISSING,
		 N_("A copy of the family register is needed, because the holder is under 15. "
		    "It is not needed when holder and representative live in one household and "
		    "the holder's registered domicile is in this city."),
		 PAGE "Application for Legal Representative 2"},
	[RULE_GUARDIANSHIP] = {"guardianship", CLASS_MISSING,
			       N_("The certificate of registered matters for adult guardianship is needed."),
			       PAGE "Application for Legal Representative 3"},
	[RULE_AGENT_ANSWER] =
		{"agent-answer", CLASS_MISSING,
		 N_("The holder's answer to our letter is needed, filled in and sealed by the holder."),
		 AGENT_OURS},
	[RULE_AGENT_DOCUMENTS] =
		{"agent-documents", CLASS_MISSING,
		 N_("The agent has to show two documents of list A, or one of list A and one of list B."),
		 AGENT_OURS},
	[RULE_SINGLE_A_PIN] =
		{"single-photo-id-pin", CLASS_CLERK,
		 N_("There is one document with a photo only, but the card's PIN was right. The clerk may "
		    "take "
		    "it, and writes why."),
		 PAGE "List of Identity Verification Documents, Note (confirmation of the IC password)"},
	[RULE_SINGLE_A_HEARING] =
		{"single-photo-id-hearing", CLASS_CLERK,
		 N_("There is one document with a photo only, but this person is a resident of the city. The "
		    "clerk may ask questions and take it, and writes what was asked."),
		 PAGE "List of Identity Verification Documents, Note (a hearing)"},
	[RULE_OTHER_TAKEN] =
		{"other-taken", CLASS_CLERK,
		 N_("It is enough only with a document that is not on the lists by name. The clerk "
		    "decides whether to take it."),
		 PAGE "List of Identity Verification Documents, \"etc.\" of A and B"},
	[RULE_KIND_UNKNOWN] = {"kind-unknown", CLASS_NOT_COUNTED, N_("This document is on neither list."),
			       PAGE "List of Identity Verification Documents"},
	[RULE_CARD_ITSELF] = {"card-itself", CLASS_NOT_COUNTED,
			      N_("The card itself is not counted as a document."),
			      PAGE "PIN Reset, Personal Application 1 and 2"},
	[RULE_NOBODYS] = {"nobodys", CLASS_NOT_COUNTED,
			  N_("This application does not ask for this document."), "ours"},
	[RULE_DATE_WRONG] = {"date-wrong", CLASS_NOT_COUNTED,
			     N_("A date of this document cannot be right. Please enter it again."), "ours"},
	[RULE_NOT_YET_VALID] = {"not-yet-valid", CLASS_NOT_COUNTED, N_("This document is not valid yet."),
				PAGE
				"Identification documents must be valid and within their expiration date"},
	[RULE_EXPIRED] = {"expired", CLASS_NOT_COUNTED, N_("This document has expired."),
			  PAGE "Identification documents must be valid and within their expiration date"},
	[RULE_VALIDITY_MISSING] = {"validity-missing", CLASS_NOT_COUNTED,
				   N_("This document bears a last day of validity. Please enter it."),
				   PAGE
				   "Identification documents must be valid and within their expiration date"},
	[RULE_ISSUE_DATE_MISSING] =
		{"issue-date-missing", CLASS_NOT_COUNTED,
		 N_("Whether this document counts depends on its day of issue. Please enter it."),
		 PAGE "List A 6 (limited to those issued on or after April 1, 2012)"},
	[RULE_ISSUED_TOO_EARLY] = {"issued-too-early", CLASS_NOT_COUNTED,
				   N_("This document was issued too early to count."),
				   PAGE "List A 6 (limited to those issued on or after April 1, 2012)"},
	[RULE_NO_MATCH] = {"no-match", CLASS_NOT_COUNTED,
			   N_("Name and date of birth, or name and address, have to be as in the residence "
			      "register. On this document they are not."),
			   PAGE "Identification documents must match the Certificate of Residence ..."},
	[RULE_SHOWS_TOO_LITTLE] =
		{"shows-too-little", CLASS_NOT_COUNTED,
		 N_("This document counts only when it shows name and date of birth, or name "
		    "and address, as in the residence register."),
		 PAGE "List B 12 and 13"},
	[RULE_NAMES_BOTH] = {"names-both", CLASS_NOT_COUNTED,
			     N_("This paper has to name both the card's holder and the representative."),
			     "ours: it is to show that the one represents the other"},
	[RULE_OTHER_UNNAMED] =
		{"other-unnamed", CLASS_NOT_COUNTED,
		 N_("For a document that is not on the lists by name, the clerk writes what it "
		    "is and why it is taken."),
		 "design: the clerk names and justifies it"},
	[RULE_SAME_PAPER] = {"same-paper", CLASS_NOT_COUNTED, N_("The same document is counted once."),
			     "ours: two documents are two different ones"},
	[RULE_SUPPLEMENT] =
		{"supplement", CLASS_NOTE,
		 N_("One document with a photo may be enough when the card's PIN is entered and right, or "
		    "when "
		    "this person is a resident of the city and answers questions. The clerk decides."),
		 PAGE "List of Identity Verification Documents, Note"},
	[RULE_REGISTER_NOT_NEEDED] =
		{"register-not-needed", CLASS_NOTE,
		 N_("The family register is not needed: one household, and the holder's registered domicile "
		    "is "
		    "in this city."),
		 PAGE "Application for Legal Representative 2 (the exception in its brackets)"},
	[RULE_LETTER] =
		{"letter", CLASS_NOTE,
		 N_("We send a letter to the holder's registered address. The holder fills in the answer and "
		    "seals it; the agent brings it another day, with the card and both persons' documents."),
		 AGENT_OURS},
};
